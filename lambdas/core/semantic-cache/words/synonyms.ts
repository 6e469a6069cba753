import { wordGroups } from './word-list';

/**
 * Words that a question may exchange without asking something else. The first of a line stands for all of it. Kept to pairs that hold in nearly
 * every sentence: a wrong line lets a wrong answer through, a missing one costs a hit.
 */
export const synonymGroups = wordGroups(`
  buy purchase
  begin start commence
  fix repair solve resolve
  picture photo photograph pic image
  film movie
  job career occupation
  phone cellphone smartphone mobile
  earn make
  quick fast rapid swift quickly
  big large huge
  small little tiny
  cheap inexpensive affordable
  expensive costly pricey
  error bug
  delete remove erase
  cancel terminate
  build create construct
  change modify alter
  choose select pick
  method way technique approach strategy
  reason cause
  difference differ different differentiate distinguish
  purpose aim goal objective
  job employment
  salary wage pay payment
  movie film
  begin start
  child kid children
  mother mom mum
  father dad
  car automobile vehicle
  bike bicycle cycle
  doctor physician
  lawyer attorney
  university college
  exam examination test
  learn study
  improve better enhance increase
  enhance improve
  lose reduce
  weight fat
  best top greatest good great
  famous popular
  important significant
  happen occur
  require need
  allow permit
  obtain receive acquire get
  show display
  send transmit
  enter input
  website site webpage
  app application
  program programme
  company firm
  country nation
  beautiful pretty
  smart intelligent clever
  stupid dumb
  happy glad
  scared afraid
  disease illness sickness
  medicine drug medication
  benefit advantage pro
  drawback disadvantage con
  example instance
  quit resign
  prevent avoid
  speak talk
  shop store
  home house
  internet web
  laptop notebook
  mean meaning definition define
  recover retrieve restore
  rid eliminate
  arrive delivered deliver come
  track tracking locate
  message text
  login signin logon
  password passcode
  cost price fee charge
  view opinion thought
  recommend suggest
  compute calculate
  verify confirm
  trip travel journey
  prepare preparation
  fast quick
  hide conceal
  holiday vacation
  lift elevator
  flat apartment
  petrol gasoline
  rubbish trash garbage
  lecturer professor
  author writer
  attractive beautiful
  sofa couch
  autumn fall
  ill sick
  present gift
  jog run
  lately recent
  chance probability odds likelihood
  effect impact influence affect
  relationship relation
  predict forecast
  upload post
  refund reimburse reimbursement
`);
