import { wordGroups } from './word-list';

/**
 * Words of which a question means one: with one in the first text and another of its line in the second, the texts ask different things. Pairs
 * are antonyms, longer lines are kinds, states or places in an order. Words with a stroke between them mean the same here.
 */
export const exclusionGroups: readonly (readonly (readonly string[])[])[] = wordGroups(`
  on off
  in out
  he she
  him her
  his her/hers
  darker lighter
  darken lighten
  thicken thin
  pause resume/continue
  normal abnormal
  enable disable
  activate deactivate
  start stop/end/finish
  begin end/finish
  open close/shut
  lock unlock
  block unblock
  mute unmute
  pin unpin
  follow unfollow
  subscribe unsubscribe
  install uninstall
  load unload
  connect disconnect
  attach detach
  mount unmount
  wrap unwrap
  zip unzip
  pack unpack
  plug unplug
  freeze unfreeze/thaw
  friend unfriend
  archive unarchive
  publish unpublish
  link unlink
  register unregister/deregister
  encrypt decrypt
  encode decode
  compress decompress/extract
  compile decompile
  allow forbid/prohibit/ban/block/deny
  approve reject/deny/decline
  accept reject/decline/refuse
  grant revoke/deny
  legal illegal
  lawful unlawful
  legalise ban/outlaw
  rise fall/drop
  gain lose
  grow shrink
  expand shrink/contract
  extend shorten
  lengthen shorten
  widen narrow
  speed slow
  accelerate decelerate
  strengthen weaken
  tighten loosen
  add remove/delete/subtract
  create delete/destroy
  build destroy/demolish
  insert remove/delete
  save delete/discard
  keep discard/delete
  hide show/unhide/reveal
  upload download
  import export
  send receive
  push pull
  give take/receive
  buyer seller
  lend borrow
  deposit withdraw/withdrawal
  credit debit
  pay charge refund
  payer payee
  sender recipient/receiver
  borrower lender
  tenant landlord
  employer employee
  teacher student
  doctor patient
  parent child
  host guest
  client server
  driver passenger
  winner loser
  victim criminal
  plaintiff defendant
  prosecution defence
  hire fire
  win lose
  pass fail
  succeed fail
  success failure
  love hate
  like dislike
  agree disagree
  trust distrust/mistrust
  remember forget
  accelerate brake
  attack defend
  arrive depart/leave
  arrival departure
  enter exit/leave
  entry exit
  join leave/quit
  come leave
  ascend descend
  ascending descending
  inhale exhale
  heat cool
  hot/warm cold/cool
  heating cooling
  boil freeze
  wet dry
  melt freeze
  dirty clean
  light dark heavy
  bright dim/dark
  lighten darken
  big small
  large medium small
  bigger smaller
  larger smaller
  largest smallest
  biggest smallest
  huge tiny
  tall short
  tallest shortest
  taller shorter
  long short
  longest shortest
  longer shorter
  high low medium
  higher lower
  highest lowest
  deep shallow
  wide narrow
  strong weak
  hard soft/easy
  difficult easy
  easier harder
  easiest hardest
  simple complex/complicated
  fast slow
  faster slower
  fastest slowest
  quick slow
  early late
  earlier later
  earliest latest
  old new/young
  oldest newest/youngest
  older younger/newer
  ancient modern
  past future present
  first last
  next previous/last
  before after during
  ago hence
  rich poor
  richest poorest
  cheap expensive
  cheaper dearer/expensive
  cheapest expensive
  better worse
  best worst
  positive negative
  right wrong
  right left
  true false
  correct incorrect/wrong
  real fake
  genuine counterfeit/fake
  safe dangerous/unsafe
  healthy unhealthy
  harmful harmless/beneficial
  beneficial harmful
  useful useless
  happy sad/unhappy
  happiest saddest
  married single divorced
  marry divorce
  marriage divorce
  engage disengage
  alive dead
  living dead
  live die
  birth death
  born die/died
  male female
  husband wife
  boyfriend girlfriend
  father mother
  dad mom
  brother sister
  son daughter
  uncle aunt
  nephew niece
  king queen
  prince princess
  actor actress
  mother daughter
  father son
  masculine feminine
  human animal
  cat dog
  adult child baby
  public private
  shared private
  personal business/corporate
  domestic international/foreign
  local remote/global
  national international
  internal external
  interior exterior
  inside outside
  indoor outdoor
  indoors outdoors
  inner outer
  inbound outbound
  incoming outgoing
  inlet outlet
  input output
  upstream downstream
  upper lower
  top bottom middle
  front back/rear
  up down
  above below
  over under
  upgrade downgrade
  uphill downhill
  upstairs downstairs
  upward downward
  north south east west
  northern southern eastern western
  horizontal vertical
  clockwise counterclockwise/anticlockwise
  forward backward
  forwards backwards
  parallel perpendicular serial
  concave convex
  odd even
  prime composite
  maximum minimum average
  max min
  maximise minimise
  maximize minimize
  most least
  more less/fewer
  much little
  many few
  every no
  always never sometimes
  everyone nobody
  everything nothing
  full empty half
  full partial
  whole half
  total partial
  single double triple
  single multiple
  twice once
  singular plural
  day night
  daytime nighttime
  morning afternoon evening/night
  breakfast lunch dinner
  noon midnight
  today tomorrow yesterday
  sunrise sunset
  dawn dusk
  spring summer winter autumn
  weekday weekend
  red blue green yellow orange purple pink brown black white grey/gray
  blonde brunette
  solid liquid gas
  acid base/alkaline
  acidic basic/alkaline
  salt sugar
  salty sweet sour bitter
  raw cooked
  boiled fried baked grilled
  fresh frozen canned dried
  fresh stale
  organic inorganic
  natural artificial
  natural synthetic
  manual automatic
  analog digital
  online offline
  wired wireless
  static dynamic
  mutable immutable
  synchronous asynchronous
  constant variable fixed
  fixed floating
  temporary permanent
  optional required/mandatory
  include exclude
  including excluding
  inclusive exclusive
  with without
  visible invisible/hidden
  known unknown
  free paid
  taxable exempt
  gross net
  profit loss
  profitable unprofitable
  asset liability
  income expense
  revenue expense
  supply demand
  wholesale retail
  bull bear
  bullish bearish
  inflation deflation
  surplus deficit
  creditor debtor
  advantage disadvantage
  advantages disadvantages
  benefit drawback/harm
  benefits drawbacks/harms/risks
  pros cons
  strengths weaknesses
  strength weakness
  similarity difference
  similarities differences
  same different/opposite
  similar different
  equal unequal
  like unlike
  war peace
  friend enemy
  ally enemy
  democrat republican
  liberal conservative
  left-wing right-wing
  guilty innocent
  convict acquit
  introvert extrovert
  introverted extroverted
  optimist pessimist
  optimistic pessimistic
  theist atheist
  believe disbelieve
  heaven hell
  angel devil
  god devil
  hero villain
  noise silence
  loud quiet
  loudly quietly
  asleep awake
  sleep wake
  sit stand
  acute chronic
  benign malignant
  hyperthermia hypothermia
  hypertension hypotension
  hyperglycemia hypoglycemia
  tight loose
  smooth rough
  sharp blunt/dull
  straight curly/curved
  straight gay
  bottom-up top-down
  frontend backend
  sent received
  lost found
  major minor
  majority minority
  senior junior
  bachelor master doctorate
  undergraduate graduate
  elementary secondary
  primary secondary
  child adult
  sync unsync
  portrait landscape
  mono stereo
  row column
  rows columns
  read write
  reader writer
  reading writing
  listen speak
  question answer
  ask answer
  cause prevent/cure
  causes cures/treatment effects/symptoms
  produce consume
  producer consumer
  acquire lose
  save spend
  encourage discourage
  appear disappear
  respect disrespect
  obey disobey
  honest dishonest
  polite rude
  kind cruel
  brave cowardly
  generous selfish
  lazy hardworking
  patient impatient
  absent present
  attract repel
  absorb emit reflect
  convergent divergent
  converge diverge
  inductive deductive
  qualitative quantitative
  objective subjective
  literal figurative
  formal informal
  active passive
  voluntary involuntary
  conscious unconscious
  sane insane
  fertile infertile
  vertebrate invertebrate
  carnivore herbivore omnivore
  predator prey
  artery vein
  hardware software
  lossy lossless
  checkin checkout
  prefix suffix
  numerator denominator
  addition subtraction multiplication division
  multiply divide add subtract
  sum difference product quotient
  integral derivative
  integrate differentiate
  sine cosine tangent
  mean median mode
  proton neutron electron
  anode cathode
  oxidation reduction
  endothermic exothermic
  mitosis meiosis
  latitude longitude
  perimeter area volume
  radius diameter circumference
  height width depth length
  mass weight volume
  current voltage resistance
  speed acceleration
  perihelion aphelion
  stalactite stalagmite
  monarchy republic
  checking savings
  stock bond
  landline mobile
  email phone
  username password
  prepaid postpaid
  before after
  mandatory optional
  expire renew
  renew cancel
  reopen close
  undo redo
  lend return
  refund replacement
  billing shipping
  delivery pickup
  economy business
  roundtrip oneway
  vegan meat
  decaf caffeinated
  introduce abolish
  confirm cancel
  confirm deny
  postpone advance
  promote demote
  promotion demotion
  merge split
  combine separate
  assemble disassemble
  appoint dismiss
  praise criticise/criticize
  reward punish/punishment
  support oppose
  for against
  increase/raise decrease/reduce/lower/cut
  buy/purchase sell rent/lease
  warmer/hotter colder/cooler
  fat/thick thin/skinny/slim
  good/great bad/evil
  all none
  daily weekly monthly yearly/annual/annually hourly quarterly
  healthy/well sick
  symptom/effect cause treatment/cure
  rent/lease own/buy
  girl/woman/lady boy/guy/man/gentleman
  girls/women boys/guys/men
  earn/get/receive spend
  lose keep/retain
  display/show hide
  cancelled/cancel delayed/delay
  vegetarian vegan
  physical virtual digital
  minor adult
  bold italic underlined
  oral topical injected
  trial paid full
  pin password username
  traditional modern roth
  pregnant breastfeeding
  roundtrip/return oneway/single
  transfer/wire cheque/check cash
  black color/colour
  senator judge governor mayor
  pending completed/complete failed
  scheduled immediate
  standard express premium
  basic pro/premium enterprise
  gold silver platinum bronze
  contactless chip
  stolen/steal lost/lose damaged
  forgotten/forget stolen/steal
  duplicate missing
  overpaid underpaid
  overweight underweight
  overcharged undercharged
  sender recipient
  invoice receipt
  debit prepaid
  weekly daily
  copy move
  cut copy paste
  create edit delete
  view edit
  draft final
  upload sync
  freelance employed
  employed unemployed
  fulltime parttime
  remote onsite
  hourly salaried
  vaccine medicine
  tablet capsule syrup
  bacteria virus fungus
  bacterial viral fungal
  dog puppy
  cat kitten
  bull cow
  hen rooster
  sheep goat
  ascending random
  beginner/novice intermediate advanced/expert
  junior mid senior
  kindergarten elementary
  breakfast brunch
  width length
  atom molecule
  virus worm trojan
  router switch modem
  monitor keyboard mouse printer
  laptop desktop tablet
  wheat rice corn oats
  beef pork chicken lamb fish
  tea coffee juice
  wine beer whisky whiskey vodka
  car truck/lorry bus train/tram plane/airplane
  guitar piano violin drums
  football/soccer basketball baseball tennis cricket
  knee elbow shoulder hip
  arm leg
  hand foot
  eye ear nose
  heart liver kidney lung
  father uncle
  son nephew
  wedding funeral
  birthday anniversary
  sunrise noon
  bedroom bathroom kitchen
  gas electricity water
  windows macos linux
  chrome firefox safari edge
  java javascript
  horizontal diagonal
`).map((sides) => sides.map((side) => side.split('/')));
