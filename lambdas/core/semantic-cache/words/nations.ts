import { wordGroups } from './word-list';

/** Nations and faiths with the words made of them: a paraphrase changes the form (`what Pakistanis think`, `what people of Pakistan think`), never the nation. */
export const nationGroups = wordGroups(`
  usa us america american americans
  uk britain british
  india indian indians
  pakistan pakistani pakistanis
  china chinese
  japan japanese
  korea korean koreans
  europe european europeans
  germany german germans
  france french
  spain spanish
  italy italian italians
  russia russian russians
  canada canadian canadians
  australia australian australians
  mexico mexican mexicans
  brazil brazilian brazilians
  israel israeli israelis
  iran iranian iranians
  iraq iraqi iraqis
  turkey turkish turk turks
  egypt egyptian egyptians
  africa african africans
  asia asian asians
  vietnam vietnamese
  thailand thai
  indonesia indonesian
  malaysia malaysian
  singapore singaporean
  philippines filipino philippine
  bangladesh bangladeshi
  nepal nepali nepalese
  greece greek greeks
  poland polish
  sweden swedish
  norway norwegian
  denmark danish
  finland finnish
  netherlands dutch
  belgium belgian
  switzerland swiss
  austria austrian
  portugal portuguese
  ireland irish
  scotland scottish
  ukraine ukrainian
  argentina argentinian argentine
  colombia colombian
  chile chilean
  cuba cuban
  nigeria nigerian
  kenya kenyan
  muslim islamic islam
  christian christianity
  hindu hinduism hindus
  buddhist buddhism
  jew jewish jews judaism
`);
