"""Short forms of given names: `Jimmy Flynn` may be `James P. Flynn`."""

from __future__ import annotations

from collections.abc import Mapping

from fbench.grading.graders.roots import alike

__all__ = ["are_forms", "may_be_one"]

_SHORT_FORMS = """
abigail abby gail | abraham abe bram |
albert al bert | alexander alex alec sandy sasha xander | alfred al alf fred | andrew
andy drew | anne ann anna annie nancy | anthony tony | arthur art | barbara barb babs | benjamin ben benny |
bernard bernie | catherine katherine kathryn cathy kathy kate katie kitty cate | charles charlie chuck chas
| christina chris tina | christopher chris kit | clifford cliff | daniel dan danny | david dave davey |
deborah debra deb debbie | donald don | dorothy dot dolly dottie | edward ed eddie ted teddy ned | eleanor
ellie nell nora | elizabeth liz lizzie beth betty eliza elsie lisa bess | eugene gene | florence flo |
frances fran frankie fanny | francis frank frankie | franklin frank | frederick fred freddie freddy |
gabriel gabe | george georgie | gerald gerry jerry | gertrude trudy | gregory greg | harold harry hal |
henry harry hank hal | herbert herb bert | isabella isabel bella | jacob jake | jacqueline jackie | james
jim jimmy jamie | jane janie | jennifer jen jenny | jeremiah jeremy jerry | jerome jerry | john johnny jack
jon | jonathan jon | joseph joe joey jo | josephine jo josie | joshua josh | judith judy | kenneth ken kenny
| kimberly kim | laurence lawrence larry laurie | leonard leo len lenny | leslie les | louis lou louie |
lucille lucy | madeline maddie | margaret maggie meg peggy peg marge margie greta rita daisy | martha patsy
| martin marty | mary molly polly mae may | matthew matt | maurice mo | maximilian max | melvin mel |
michael mike mick mickey | mildred millie | mitchell mitch | nathan nathaniel nate nat | nicholas nick nicky
| oliver ollie | oscar ozzie | pamela pam | patricia pat patty patsy tricia trish | patrick pat paddy |
peter pete | philip phillip phil | phyllis phil | priscilla cilla | rachel rae | raymond ray | rebecca becky
| reginald reg reggie | richard rick ricky dick rich | robert bob bobby rob robbie bert | roger rog | ronald
ron ronnie | rosemary rose rosie | russell russ rusty | samuel sam sammy | sarah sara sally sadie | sidney
sid | solomon sol | stanley stan | stephen steven steve | stuart stu | susan sue susie | suzanne sue susie |
sylvester sly | terence terry | theodore ted teddy theo | theresa teresa terry tess | thomas tom tommy |
timothy tim | valerie val | veronica ronnie | victor vic | victoria vicky tori | vincent vince vinny |
virginia ginny | walter walt wally | wilhelmina mina | william will bill billy willie willy liam | winifred
winnie | zachary zack
"""


def _families() -> Mapping[str, frozenset[str]]:
    """For each form, all forms of the names that it may stand for."""
    found: dict[str, frozenset[str]] = {}
    for group in _SHORT_FORMS.replace("\n", " ").split("|"):
        forms = frozenset(group.split())
        for form in forms:
            found[form] = found.get(form, frozenset()) | forms
    return found


_FORMS = _families()
_SHORTEST_MISSPELT = 5


def are_forms(one: str, other: str) -> bool:
    """Whether two given names, in lower case, are equal or forms of the same name."""
    return one == other or other in _FORMS.get(one, ())


def may_be_one(one: str, other: str) -> bool:
    """Whether two given names, in lower case, may be one person's: a short form, a prefix, a misspelling."""
    shorter, longer = sorted((one, other), key=len)
    if longer.startswith(shorter) or are_forms(one, other):
        return True
    return len(shorter) >= _SHORTEST_MISSPELT and alike(one, other)
