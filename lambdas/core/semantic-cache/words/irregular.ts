/** Forms that no ending explains, and what they are forms of. */
export const irregularForms: Readonly<Record<string, string>> = Object.fromEntries(
  `bought:buy sold:sell sent:send paid:pay lost:lose found:find made:make got:get gotten:get went:go gone:go took:take taken:take gave:give given:give
  wrote:write written:write read:read saw:see seen:see knew:know known:know thought:think told:tell said:say felt:feel kept:keep left:leave met:meet
  ran:run began:begin begun:begin broke:break broken:break chose:choose chosen:choose came:come drove:drive driven:drive ate:eat eaten:eat fell:fall
  fallen:fall flew:fly flown:fly forgot:forget forgotten:forget froze:freeze frozen:frozen grew:grow grown:grow hid:hide hidden:hidden held:hold hurt:hurt
  led:lead lent:lend meant:mean rose:rise risen:rise spoke:speak spoken:speak spent:spend stole:steal stolen:steal taught:teach threw:throw
  thrown:throw understood:understand wore:wear worn:wear won:win built:build became:become caught:catch fought:fight slept:sleep stood:stand
  swam:swim woke:wake died:die dying:die lying:lie children:child men:man women:woman people:person feet:foot teeth:tooth mice:mouse wives:wife
  lives:life knives:knife leaves:leave criteria:criterion phenomena:phenomenon data:data better:better worse:worse`
    .split(/\s+/)
    .map((entry) => entry.split(':') as [string, string]),
);
