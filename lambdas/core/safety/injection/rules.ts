import { type WordRule, wordRule } from './word-rules';

/** Phrases of attacks on instructions, by what they are after. Weights are chances that a text with the phrase is an attack, as judged by their author. */

const OVERRIDE = 'ignor*|disregard*|forget|forgetting|overrid*|bypass*|neglect|discard|dismiss|abandon|drop|violat*|disobey|erase';
const BEFORE = 'previous|prior|above|earlier|preceding|original|initial|existing|former|past|foregoing|system|everything';
const ORDERS =
  'instruction*|prompt*|guideline*|directive*|command*|constraint*|restriction*|guardrail*|programming|orders|rule|rules|training|safeguard*|protocol*';
const SHOW =
  'reveal*|show|print|repeat|output|display|tell|give|leak|dump|recite|share|expose|write|copy|disclose|echo|send|list|translate|encode|summari*|return|reproduce|paste|provide';
/** Those of them that nobody needs for a text of their own: one writes or translates what is new. */
const LEAK = 'reveal*|show|print|repeat|output|display|leak|dump|recite|expose|copy|disclose|echo|reproduce|paste';
const LIMITS = 'restriction*|rule|rules|limit*|filter*|guideline*|ethic*|censorship|safety|moral*|boundar*|polic*|guardrail*|constraint*';
const SECRETS =
  'password*|credential*|secret*|token*|keys|conversation*|history|database|emails|contacts|files|documents|prompt*|instructions|inbox|messages|data|information|env|environment|variables';

const override: readonly WordRule[] = [
  wordRule(0.9, `${OVERRIDE} ..4 ${BEFORE} ..3 ${ORDERS}`),
  wordRule(0.8, `${OVERRIDE} ..2 your .. ${ORDERS}|safety|polic*`),
  wordRule(0.75, `${OVERRIDE} ..3 instruction*|prompt*|directive* .. before|above|given|earlier|previously|prior|received|so`),
  wordRule(
    0.75,
    'forget|ignore|disregard + everything|anything|all|what .. above|before|told|said|instructed|previous*|learned|know|taught',
  ),
  wordRule(
    0.75,
    'do|dont|stop|never|not .. follow|following|obey|obeying|comply .. previous|prior|your|earlier|original|preceding|system|above .. instruction*|rules|guidelines|prompt*|constraints|directives|policies',
  ),
  wordRule(
    0.6,
    'your|previous|prior|earlier|above|original .. instructions|rules|guidelines|prompt|restrictions|constraints ..2 are|is|were|have|has|no|do|does ..3 void|cancelled|canceled|suspended|lifted|revoked|obsolete|over|invalid|longer|apply|superseded|replaced|outdated|removed|disabled',
  ),
  wordRule(
    0.65,
    'new|updated|real|actual|true|revised + instruction*|directive*|orders|objective|task|goal|prompt .. follow|following|supersede*|replace*|override*|are|is|ignore|begin|start|for|now',
  ),
  wordRule(0.6, 'your + new|real|true|actual|only|sole + task|role|instruction*|goal|objective|purpose|mission|job|identity|name'),
  wordRule(0.5, 'from + now + on .. you'),
  wordRule(0.4, 'end|start|begin + of + system|prompt|instructions|user|context|conversation|input|document'),
  wordRule(
    0.6,
    'disable|deactivate|remove|lift|circumvent|evade|switch|turn .. your|its|content ..3 safety|filter*|guardrail*|restriction*|safeguard*|censorship|moderation',
  ),
  wordRule(0.6, 'start|begin|reset + over|fresh|afresh|yourself|your .. without|instructions|memory|rules'),
  wordRule(
    0.35,
    'follow|obey|execute|carry ..2 these|my|only|the|this ..2 instruction*|command*|orders|directive* .. instead|only|exactly|now|without|immediately',
  ),
  wordRule(
    0.55,
    'instruction*|message|text|prompt|request|command ..5 highest|higher|overrid*|supersed*|precedence|outranks|priority .. priority|precedence|instruction*|prior|previous|over|all|everything|system|other',
  ),
];

const exfiltration: readonly WordRule[] = [
  wordRule(
    0.8,
    `${LEAK} ..5 system|hidden|initial|original|secret|internal|developer|pre|preamble + prompt|prompts|instruction*|message|directive*|configuration|guidelines`,
  ),
  wordRule(
    0.8,
    `${SHOW} ..3 the|your|its ..1 system|hidden|initial|original|secret|internal|developer|preamble + prompt|prompts|instruction*|message|directive*|configuration|guidelines`,
  ),
  wordRule(0.75, `${SHOW} ..3 your ..3 prompt|instructions|directives|guidelines|preamble|programming|configuration|rules`),
  wordRule(
    0.6,
    'what|which ..2 is|are|was|were|does ..2 your ..2 system|initial|hidden|original|secret|first|internal|exact .. prompt|instruction*|message|rules|directive*|guidelines',
  ),
  wordRule(0.7, `${LEAK} ..3 everything|text|words|all|content|contents|instructions|conversation|lines .. above|before|preceding`),
  wordRule(0.6, 'what|which .. instructions|prompt|rules ..2 were|was|have|did ..2 you ..3 given|told|receive|received|start|get|have'),
  wordRule(0.5, 'starting|begin|beginning ..2 with|from ..2 you + are'),
  wordRule(0.55, 'instructions|prompt|rules ..3 verbatim'),
];

const persona: readonly WordRule[] = [
  wordRule(0.8, 'do + anything + now'),
  wordRule(
    0.7,
    'dan|sudo|jailbreak|jailbroken|unrestricted|unfiltered|evil|opposite + mode ..3 enabled|on|activated|now|you|and|enable|active|without|disable|reveal|unlocked|all',
  ),
  wordRule(
    0.65,
    'enable|enter|activate|switch|enabling|unlock|go|boot .. dan|sudo|jailbreak|jailbroken|unrestricted|unfiltered|evil + mode',
  ),
  // Telephones and browsers have these too.
  wordRule(0.4, 'developer|god|debug|admin|maintenance|root + mode'),
  wordRule(0.5, 'developer|god|debug|admin|maintenance|root + mode ..5 you + can|will|must|have|no|are|answer'),
  wordRule(
    0.7,
    'you + are + now|dan|no ..5 dan|unrestricted|unfiltered|jailbroken|evil|free|uncensored|amoral|longer|unbound|root|admin|bound|limitless|chaosgpt|hacker|pirate',
  ),
  wordRule(
    0.7,
    `pretend|act|roleplay|behave|respond|answer|simulate|play|speak|reply|you ..8 no|without|any|free|ignoring|beyond ..3 ${LIMITS}`,
  ),
  wordRule(0.55, `you|youre ..3 no|not|never + longer|bound|limited|restricted|constrained|have|subject ..4 ${LIMITS}|bound`),
  wordRule(
    0.6,
    'unrestricted|uncensored|unfiltered|amoral|jailbroken + ai|assistant|model|chatbot|llm|version|bot|language|response*|answer*',
  ),
  wordRule(0.5, 'stay|remain ..2 in + character .. refuse|break|never|no|always|even'),
  wordRule(
    0.5,
    'never|not|cannot|without ..2 refuse|refusing|decline|warn|warnings|disclaimers|apologize ..5 request*|anything|question*|answer|user|me|or|comply',
  ),
];

const toolAbuse: readonly WordRule[] = [
  wordRule(
    0.65,
    `send|forward|email|post|upload|exfiltrate|transmit|leak|mail|submit|deliver|append ..6 ${SECRETS} ..6 to|at|into ..3 http|https|attacker*|evil|url|webhook|server|address|external|endpoint|link|me`,
  ),
  wordRule(
    0.65,
    'ai|llm|assistant*|agent*|chatbot|bot|model*|gpt ..2 reading|processing|summari*|parsing|analy*|reviewing|screening|evaluating|viewing ..3 this',
  ),
  wordRule(0.45, 'if + you + are + an|a ..2 ai|llm|assistant|language|chatbot|agent|bot'),
  wordRule(
    0.6,
    'note|attention|message|instruction*|notice|important|warning|hey|dear|memo ..3 to|for|all|ai ..2 ai|llm|llms|assistant|assistants|model|models|agent|agents|chatbot|bots',
  ),
  wordRule(
    0.45,
    'do|dont|never|without|not ..2 tell|telling|inform|informing|mention|mentioning|notify|notifying|alert|alerting|ask|asking|reveal|warn|warning|show ..3 user|users|human|owner|anyone|operator',
  ),
  wordRule(
    0.55,
    'call|invoke|use|execute|run|trigger ..3 tool|function|plugin|api|shell|command|terminal ..8 delete|transfer|send|rm|drop|curl|wget|exfiltrate|password*|all|http|https|disable|grant',
  ),
  wordRule(
    0.5,
    'delete|remove|drop|wipe|erase|destroy ..2 all|every|entire ..3 files|data|emails|records|tables|database|messages|users|backups ..6 then|now|immediately|and|without|before',
  ),
  wordRule(
    0.55,
    'transfer|wire|pay|refund|approve|send ..6 to ..3 account|wallet|address|iban|attacker ..8 immediately|without|confirm*|now|silently|asking|secret*',
  ),
  wordRule(
    0.6,
    `fetch|visit|open|load|request|get|navigate|render|click ..5 http|https|url|link|image ..10 ${SECRETS}|append*|conversation|encoded|concatenated`,
  ),
  wordRule(
    0.6,
    'rank|rate|recommend|score|hire|approve|classify|mark|grade|select ..4 this|me|us|candidate|resume|applicant|product|paper|it ..6 regardless|always|highest|first|no|best|safe|matter',
  ),
  wordRule(
    0.5,
    'say|respond|reply|answer|output|print|write ..2 only|exactly|just|nothing ..3 with|but|the|word|pwned|hacked ..4 pwned|hacked|haha*|owned|compromised',
  ),
  wordRule(0.45, 'pwned|jailbroken'),
];

const german: readonly WordRule[] = [
  wordRule(
    0.85,
    'ignorier*|vergiss|vergesse*|missachte*|uberschreib*|umgeh* ..4 vorherig*|vorigen|bisherig*|obig*|alle|deine|fruher*|system*|vorangegangen* ..3 anweisung*|regeln|instruktion*|vorgaben|richtlinien|befehle|prompt*|einschrankung*|sicherheit*',
  ),
  wordRule(
    0.75,
    'zeig*|gib|nenn*|verrat*|wiederhol*|druck*|schreib*|offenbar* ..5 systemprompt*|system|deine|geheim*|versteckt*|ursprunglich* ..2 prompt*|anweisung*|instruktion*|systemprompt*|systemanweisung*|systemnachricht',
  ),
  wordRule(0.75, 'zeig*|gib|nenn*|verrat*|wiederhol*|druck*|schreib*|lautet ..4 systemprompt*|systemanweisung*|systemnachricht'),
  wordRule(0.6, 'ab + jetzt|sofort .. du|bist'),
  wordRule(
    0.65,
    'ohne|keine|keinen|keinerlei .. einschrankung*|regeln|filter|beschrankung*|grenzen .. antwort*|bist|du|handel*|unterlieg*|hast|mehr',
  ),
  wordRule(0.6, 'du + bist + jetzt|nun'),
  wordRule(0.45, 'ohne|nicht ..4 nutzer|benutzer|anwender ..4 informier*|frag*|sag*|erwahn*|mitteil*'),
  wordRule(0.4, 'sende|schick*|leite|ubermittl* ..6 passwort*|zugangsdaten|unterhaltung|verlauf|daten|schlussel ..5 an|zu'),
];

const french: readonly WordRule[] = [
  wordRule(
    0.85,
    'ignor*|oubli*|negliger|neglige*|contourn*|desobei* ..4 precedent*|anterieur*|ci|toutes|tes|vos|initial*|systeme|dessus ..4 instruction*|regle*|consigne*|directive*|restriction*',
  ),
  wordRule(
    0.85,
    'ignor*|oubli*|neglige*|contourn* ..3 instruction*|regle*|consigne*|directive*|restriction* ..2 precedent*|anterieur*|initial*|dessus|ci|donnees|systeme|securite',
  ),
  wordRule(
    0.75,
    'affich*|montr*|revel*|repet*|donn*|ecri*|divulgu* ..5 prompt|instructions|consignes|invite|message ..3 systeme|initial*|cache*|secret*|origine|internes',
  ),
  wordRule(0.7, 'affich*|montr*|revel*|repet*|donn* ..3 tes|vos|ton|votre ..2 instructions|prompt|consignes'),
  wordRule(0.55, 'desormais|dorenavant|maintenant .. tu|vous ..2 es|etes|dois|devez|reponds|repondez|agis'),
  wordRule(0.35, 'sans|aucune|aucun .. restriction*|limite*|filtre*|regle*|censure'),
  wordRule(0.45, 'sans|pas|jamais ..3 informer|dire|prevenir|avertir|mentionner|demander|dis ..4 utilisateur|lutilisateur'),
  wordRule(0.4, 'envoi*|envoy*|transmet*|transfer* ..6 mot|mots|donnees|conversation|identifiants|cles|historique ..6 a|vers'),
];

const spanish: readonly WordRule[] = [
  wordRule(
    0.85,
    'ignor*|olvid*|desobedec*|omit*|descart*|salta* ..4 anterior*|previas|previa|tus|todas|todo|sus|del|sistema|originales|iniciales ..4 instruccion*|regla*|directriz|directrices|orden*|restriccion*|indicacion*',
  ),
  wordRule(
    0.85,
    'ignor*|olvid*|desobedec*|omit*|descart* ..3 instruccion*|regla*|directrices|restriccion*|indicacion* ..2 anterior*|previas|sistema|originales|dadas|iniciales|seguridad|recibidas',
  ),
  wordRule(
    0.75,
    'muestr*|mostrar|revel*|repit*|imprim*|dime|escrib*|dame ..5 prompt|instrucciones|mensaje|indicaciones ..3 sistema|inicial*|ocult*|secret*|original*|internas',
  ),
  wordRule(0.7, 'muestr*|mostrar|revel*|repit*|imprim*|dime|dame ..2 tus|tu ..2 instrucciones|prompt|reglas|indicaciones'),
  wordRule(0.6, 'desde|partir|ahora ..1 ahora|en|de|eres .. eres|seras|debes|responde*|actua*|sin'),
  wordRule(0.35, 'sin|ninguna|ningun .. restriccion*|limite*|filtro*|regla*|censura'),
  wordRule(0.45, 'sin|no|nunca ..3 informar|decir|digas|avisar|menciones|preguntar|informes ..3 usuario'),
  wordRule(0.4, 'envi*|mand*|transmit* ..6 contrasena*|datos|conversacion|credenciales|claves|historial ..6 a'),
];

export const rules: readonly WordRule[] = [...override, ...exfiltration, ...persona, ...toolAbuse, ...german, ...french, ...spanish];

/** Marks of how models are given their turns: in a text that is only to be read they have no place. Each is bounded. */
export const marks: readonly { readonly weight: number; readonly pattern: RegExp }[] = [
  { weight: 0.75, pattern: /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_of_turn)\|>/ },
  { weight: 0.7, pattern: /\[\/?inst\]|<<\/?sys>>|<\/?(?:system|system_prompt|system-prompt|instructions?)>|<start_of_turn>/ },
  { weight: 0.6, pattern: /\[(?:system|admin|developer|system message|system override|system prompt|system note)\]/ },
  {
    weight: 0.4,
    pattern: /^[ \t#>*-]{0,8}(?:system|developer|assistant)(?: ?(?:message|prompt|override|instruction|note|update))?\*{0,2} ?:/m,
  },
  { weight: 0.35, pattern: /#{2,4} ?(?:new )?(?:system|instructions?|override)\b/ },
  { weight: 0.5, pattern: /!\[[^\]\n]{0,80}\]\(https?:[^)\s]{0,200}[?&][a-z_]{1,20}=(?:\{|\$|<|%7b|\[)/ },
  { weight: 0.4, pattern: /\b(?:system|admin(?:istrator)?|security|developer) (?:override|instruction|notice|directive)\b/ },
];
