import { wordSet } from './word-list';

/** English words that carry grammar and no topic: two questions are not alike for sharing them, nor different for not sharing them. */
export const functionWords = wordSet(`
  a an the this that these those such same own
  i me my mine myself we us our ours ourselves you your yours yourself yourselves u ur he him his himself she her hers herself it its itself
  they them their theirs themselves one ones oneself someone somebody something anyone anybody anything everyone everybody everything
  somewhere anywhere everywhere somehow thing things stuff
  be am is are was were been being isn aren wasn weren do does did done doing don didn doesn have has had having haven hasn hadn
  can could may might must shall should will would ought wont cant dont doesnt didnt isnt im ive id ill youre youve hes shes theyre thats whats
  and or but nor so if then else because as than though although while whereas unless whether
  of at by for from with about against between into through during before after above below to in out on off over under up down upon onto
  within toward towards among across along around via per regarding concerning
  again further here there now just also too very really actually exactly basically quite rather even still yet already ever only else
  all any both each few some other others another much many more most less least lot lots
  what which who whom whose when where why how whatever whichever whoever
  please pls plz hi hello hey thanks thank ok okay well yes dear sir
  no not nor never none without cannot
  s t d m re ve ll etc eg ie vs versus
  know tell explain want wanna need like help let say says anyone wonder wondering suggest suggestion advice possible able ask asking question
  get gets got getting go goes going gonna
`);

/**
 * Content words that frame a question rather than narrow it: nouns for what is wanted of the answer, verbs of doing and thinking in general, degrees,
 * praise that lists ask for, and times that mean now. A question that adds one of them asks the same.
 */
export const lightWords = wordSet(`
  way ways method manner means approach step steps tip tips trick tricks advice guide guidance idea ideas suggestion suggestions recommendation recommendations option options
  kind kinds type types sort sorts form example examples list instance thing point points aspect reason reasons fact facts detail details information info
  part case situation scenario issue problem question answer solution explanation definition meaning concept term word name purpose role process procedure difference
  opinion view thought thoughts experience effect result possibility chance
  people person guy someone human individual folk folks user users
  time times day days life world place places today nowadays moment
  make use work become happen mean give take put find look see think feel try come keep show seem believe consider help start begin involve exist occur
  talk speak call handle deal manage obtain gain receive reach achieve provide offer contain include regard decide choose prefer plan intend hope wish plan suppose
  best good great better nice top well main major important basic general overall exact certain specific particular various different common typical usual favorite favourite
  interesting amazing awesome cool perfect ideal proper right correct possible available existing real true actual complete whole entire total full several multiple
  current currently recent recently new latest now soon presently today always usually often sometimes generally typically normally commonly frequently constantly ever lately
  simple simply easy easily quick quickly properly correctly effectively efficiently successfully completely totally fully truly honestly literally possibly probably likely approximately roughly
  usual single big huge serious strong
  little bit far long com www http https hypothetically
`);

/** Words with a capital that are no names: they begin sentences, or English writes them so. */
export const capitalisedNonNames = wordSet(
  `i id im ive ill ok okay am pm faq asap vs mr mrs ms dr sir qna diy rip tv pc cv ceo atm pin sms url`,
);
