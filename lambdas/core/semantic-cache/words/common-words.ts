import { wordSet } from './word-list';

/**
 * Ordinary English words, without inflection: what is not among them is taken for a name or a term, which a paraphrase keeps. Not exhaustive, and
 * need not be: the other lists count as known words too.
 */
export const commonWords = wordSet(`
  ability abroad absolute abuse academic accept access accident accommodate accomplish account accurate accuse achieve acid act action active activity actor
  add addict address adjust administration admire admission admit adopt adult adventure advertise advertisement advice advise affair afford age agency agent
  aggressive agree agriculture air airport airplane album alcohol alien alive allergy almost alone aloud alphabet alternative amaze ambition amount analyse analysis
  ancient anger angle angry animal announce annoy annual anxiety anxious apart apologize apologise appeal appear apple applicant apply appoint appointment appreciate
  approach appropriate approve area argue argument arm army arrange arrest arrive art article artist artificial aspect asset assign assignment assist assistant
  associate assume astronaut athlete atmosphere attach attack attempt attend attention attitude attract audience authority automatic avail available average award
  aware awkward baby back background backup bad bag balance ball ban band bank bar base basketball bath bathroom battery battle beach bean bear beard beat
  beauty bed bedroom beef beer behave behavior behind belief believe bell belong belt bet bible big bill biology bird birth birthday bit bite black blame
  blank blind block blog blood blow board boat body boil bold bomb bond bone bonus book boost boot border bored boring boss bottle bottom box boy brain
  branch brand bread break breakfast breast breath breathe breed bridge brief bright bring broad broadcast brother browser brush budget bug bunch burn bus business
  busy butter button cable cake calendar call calm calorie camera camp campaign campus cancer candidate candy capable capacity capital card care career
  careful carry cartoon cash cat catch category cause celebrate celebrity cell center central century ceremony certificate chain chair challenge champion chance
  channel chapter character characteristic charge charity chart chat cheat check cheese chemical chemistry chest chicken chief choice chocolate
  church cigarette circle citizen city civil claim class classic classroom clean clear clever click client climate climb clock close cloth clothes cloud club
  coach coast coat code coffee coin cold collapse collect collection color column combine comedy comfort comfortable comic comment commerce commercial
  commission commit committee communicate communication community compare comparison compete competition competitive compile complain complaint complete component
  compose compound concentrate concept concern condition conduct conference confidence confident confirm conflict confuse connect connection conscious
  consequence consider consist constant constitution construct consult consume contact contain content contest context continent continue contract
  contribute control conversation convert convince cook cookie cool copy core corner corporate correct cost cough council count country couple courage
  course court cousin cover cow crack craft crash crazy cream create creative creature credit crew crime criminal crisis criteria critical criticism crop
  cross crowd cry cultural culture cup cure curious current curve custom customer cut cute daily damage dance danger dangerous dark data database date daughter
  dead deal dear death debate debt decade decide decision declare decline decrease deep defeat defend defense define degree delay deliver delivery
  demand democracy deny department depend deposit depress depression depth describe desert deserve design desire desk despite destroy detail detect determine
  develop developer development device diagnose diagram diamond diet digital dinner direct direction director dirty disagree disappear disaster discover discovery discuss
  discussion dish disk dislike disorder display distance distribute district divide division divorce dog domain dominate donate door double doubt
  download draft drag drama draw dream dress drink drive driver drop dry due dust duty eager ear early earth ease east eat economic economy edge edit editor
  educate education effective efficient effort egg elect election electric electrical electricity electronic element eliminate email embarrass emergency emotion
  emotional employ employee employer empty encounter encourage end enemy energy engage engine engineer engineering enjoy enough ensure enter entertain
  entire entrance entrepreneur entry environment equal equation equip equipment equivalent escape especially essay essential establish estate estimate ethical evaluate
  event eventually evidence evil evolution evolve excellent exchange excite exciting excuse execute exercise exist existence exit expand expect expense
  expert explain explanation explode explore export expose express expression extend external extra extract extreme eye face facility fact factor factory
  fail failure fair faith fake fall false family fan fantasy far farm farmer fashion fat fate father fault favor favorite fear feature fee feed feedback
  female fiction field fight figure file fill filter final finance financial find finger fire firm fish fit flag flash flavor flight float floor flow
  flower fly focus fold folder follow follower food foot football force foreign forest forever forget forgive form format former formula forward foundation frame
  free freedom freeze frequency frequent fresh fridge friend friendly friendship fruit frustrate fuel full fun function fund fundamental funny furniture future gain game
  gap garden gas gay gender general generate generation genius gentle geography ghost gift girl glad glass global god gold golden
  good goods govern government grade gradual graduate grammar grand grass gravity gray green grocery gross ground group grow growth guarantee guard guess
  guest guide guilty guitar gun guy gym habit hack hair half hall hand handle hang happy harassment hard harm hat hate head headache health healthy
  hear heart heat heavy height hell helpful hero hesitate hide high highlight highway hill hire history hit hobby hold hole holiday home homework
  honest honey honor hope horror horse hospital host hot hotel house household housing huge human humor hungry hunt hurt husband hygiene ice idea ideal
  identify identity ignore illegal image imagine immediate immigrant immigration impact implement imply import impossible impress improve improvement inch
  include income increase independent index indicate individual industrial industry infect infection inflation inform information initial injury
  inside insert insect inspire install instant institute institution instruct instruction instrument insult insurance insure intelligence intelligent
  intend intention interact interest interesting interface internal international internet interpret interrupt interview introduce introduction invent invention
  invest investment investor invite involve iron island isolate item jacket jail jealous join joint joke journal judge juice jump junior
  jury justice justify keyboard key kick kill kind kiss kitchen knee knife knock knowledge lab label labor lack ladder lady lake land language laptop large
  last late latest laugh launch law lawyer lay lazy lead leader leadership leaf leak learn least leather leave lecture left leg legal legitimate lend lesson letter
  level liability liberal library license lie life lift light limit line link lip liquid listen literature live load loan local locate location lock
  logic logical lonely long loop loose lose loss loud love lover low luck lucky lunch luxury machine magazine magic mail main maintain maintenance major
  majority male manage management manager manner manual manufacture map march mark market marketing marriage marry mass massive master match mate material math
  mathematics matter mature maximum meal measure meat mechanical media medical medicine medium meet meeting member memorize memory mental mention
  menu merchant mess message metal method middle midnight military milk mind mine mineral minister minor minority minute mirror miss mistake mix mixture
  mobile mode model modern modify moment money monitor monkey month mood moon moral motion motivate motivation mountain mouse mouth move
  movement multiple muscle museum music musical musician mutual mystery myth naked narrow nation national native natural nature near
  necessary neck negative neighbor nervous nest network neutral news newspaper night noise normal north nose note notice notification novel nuclear number nurse
  nutrition object objective obvious occasion ocean offer office officer official oil old online open operate operation operator
  opinion opportunity oppose opposite option orange order ordinary organ organic organisation organization organize origin original
  outcome output outside overcome overseas owner oxygen pack package page pain paint painting pair panel panic paper parent park parking participate particle
  partner party pass passage passenger passion passport password past patent path patient pattern pause pay payment peace peak pen pencil penalty perfect
  perform performance period permanent permission permit perspective pet phase philosophy phone phrase physical physics piano pick piece pill pillow
  pilot pin pink pipe pizza plan plane planet plant plastic plate platform play player please pleasure plenty plot plug plus pocket poem poet point
  poison police policy polite political politician politics pollution pool poor pop popular population port portfolio position positive possess
  possibility possible post poster potato potential pound pour poverty power powerful practical practice pray prefer pregnancy pregnant prepare prescription
  presence present presentation preserve president press pressure pretend price pride primary prime prince principal principle print printer prior priority
  prison privacy private prize procedure process produce product production profession professional professor profile profit program programmer programming progress
  project promise promote promotion pronounce proof proper property proposal propose protect protection protein protest proud prove provide
  psychology public publish pull punish pure push qualification qualify quality quantity quarter question quick quiet quote race racism racist radio rain
  raise random range rank ranking rare rat rate ratio raw reach react reaction read reader ready reality realize realise reasonable receipt receive recipe
  recognize recommend recommendation record recover recruit recruitment red reduce refer reference reflect reform refund refuse regard region register registration regret
  regular reject relate relation relative relax release relevant reliable religion religious rely remain remember remind remote remove rent repair repeat
  replace reply report represent reputation request require requirement rescue research reservation reserve reset resident resign resist resolution resolve resource respect
  respond response responsible responsibility restaurant restore restrict result resume retire return reveal revenue review revise revolution reward rice
  rich ride right ring rise risk river road robot rock role roll roof room root rope rough round route routine row royal rub rude ruin rule run rural rush sad
  safe safety sale salt sample sand satisfy sauce save scale scam scan scare scene schedule scheme scholarship school science scientific scientist
  scope score scratch scream screen screenshot script sea search season seat secret section sector secure security seek select sell send senior sense
  sensitive sentence separate sequence series serious serve server service session set settle setting several severe sex sexual shade shadow shake shape share
  sharp shave sheet shelf shift shine ship shirt shock shoe shoot shop shopping short shot shoulder shout show shower shut shy sick side sight sign signal
  significant silence silent silver similar sing singer single sink sister sit site situation size skill skin skip sky sleep slide slow smart smell
  smile smoke smoking smooth snake snow soap social society sock soft software soil soldier solid solution solve song soul sound soup source south space
  spam speak special specific speech speed spell spend spin spirit spiritual split sport spot spread spring square stable staff stage stand standard star
  stare start state statement station statistic status stay steal steel step stick stock stomach stone stop storage store storm story straight strange
  stranger strategy stream street strength stress stretch strict strike string strong structure struggle student study stupid style subject subscribe subscription success
  successful sudden suffer sugar suit suitable summary summer sun super supply support suppose surface surgery surprise survey survive suspect swear sweat
  sweet swim switch symbol symptom system table tail talent talk tall tank target task taste tax taxi tea teach teacher team tear technical technique technology
  teenager telephone television temper temperature temporary tend tennis tension term terrible territory terrorist test text theme theory therapy thick thin thread
  threat threaten throat throw thumb ticket tie tight tire tired title toe toilet token tone tongue tool tooth topic total touch tough tour tourist town toy track
  trade tradition traditional traffic train training transaction transfer transform transition translate translation transport trap travel treat treatment tree trend trial
  trick trigger trip trouble truck true trust truth try tube turn tutorial type typical ugly ultimate unable uncle understand unique unit universe university unusual update
  upgrade upper upset urban urge useful user usual vacation valid valuable value van variety vary vast vegetable vehicle venture verify version victim victory
  video view village violence virtual virus visa visible vision visit visitor visual vitamin voice volume vote vulnerable wait wake walk wall
  wallet war warm warn wash waste watch water wave weak weakness wealth wealthy weapon wear weather web website wedding week weekend weigh weight weird welcome west wet
  wheel white whole wide wife wild win wind window wine wing winner winter wire wise wish wonder wood word worker workout worry worth
  wound wrap write writer writing wrong yard year yellow young youth zone balance pending transfer merchant identity currency limit
  statement withdraw dispute reversal cashback topup refund declined contactless physical activate order invoice receipt shipment parcel warehouse voucher coupon
  subscription invite notification profile avatar backup sync export dashboard workspace folder attachment signature calendar reminder schedule
  configure configuration deploy deployment endpoint query request timeout retry cache parameter variable array string integer boolean loop class
  interest mortgage loan pension tax premium claim deductible coverage warranty repair replacement spare
  dose dosage tablet capsule vaccine allergy fever rash pain prescription pharmacy clinic nurse appointment
  luggage baggage boarding gate seat flight airline terminal platform carriage ferry hire itinerary reservation
  oven pan bake roast recipe ingredient flour dough sauce spice vegetarian gluten portion
`);
