"""What an answer has in the place of a word of the gold."""

from __future__ import annotations

import pytest

from fbench.grading.graders.rivals import lacks_number, rival


@pytest.mark.parametrize(
    ("gold", "answer", "question", "word"),
    [
        ("Ames, Iowa", "Dubuque, Iowa", "", "dubuque"),
        ("Ames, Iowa", "It was built in Dubuque, Iowa.", "", "dubuque"),
        ("Ames, Iowa", "Dubuque, Iowa", "Where in Dubuque?", ""),
        ("Ames, Iowa", "Iowa", "", ""),
        ("Ames, Iowa", "Ames", "", ""),
        ("Ames, Iowa", "Rome", "", ""),
        ("Ames", "Dubuque", "", ""),
        ("Mumbai, India", "Mumbai, Maharashtra", "", ""),
        ("Lake Erie", "Lake Huron", "", "huron"),
        (
            "Lake Erie",
            "It lies on a lake. Huron people lived there, far from any other water or town",
            "",
            "",
        ),
        ("University of Oxford", "Cambridge University", "", "cambridge"),
        ("Serena Williams", "Venus Williams", "", "venus"),
        ("John F. Kennedy", "President Kennedy", "", ""),
        ("Michael Madhusudan Dutta", "Michael Madhusudan Dutt", "", ""),
        ("operant conditioning", "classical conditioning", "", "classical"),
        ("operant conditioning", "it is classical and then, later on, good conditioning of mice", "", ""),
        ("sodium pentoxide", "sodium pentachloride", "", "pentachloride"),
        ("an exothermic chemical reaction", "an endothermic chemical reaction", "", "endothermic"),
        ("54 Mbit", "54 Mbps", "", ""),
        ("48 Hours", "48 Hrs", "", ""),
        ("Manchester United", "Manchester City", "", "city"),
        ("Surrey, United Kingdom", "Surrey, England", "", ""),
        ("down the garden path", "up the garden path", "", ""),
        ("ARPANET project", "ARPANET, which was developed later", "", ""),
        ("operant conditioning", "good old classical conditioning", "", "classical"),
        ("operant conditioning", "good old wise classical conditioning", "", ""),
        ("Ann Lee Ray Poe Doe Hunter", "Ann Lee Ray Poe Doe Carter", "", "carter"),
        ("Ann Lee Ray Poe Doe Kim Hunter", "Ann Lee Ray Poe Doe Kim Carter", "", ""),
        ("Serena Williams", "the Venus Williams", "Which Serena?", ""),
        ("Serena Jane Williams", "Venus Williams", "", "venus"),
        ("Serena Jane Williams", "Venus Williams", "Which Jane?", ""),
        ("Serena Williams", "2 Williams", "", ""),
        ("Serena Williams", "Venus. Williams", "", ""),
        ("Serena Williams", "Venus, Williams", "", "venus"),
        ("Oxford in England", "Oxford in Mississippi", "", "mississippi"),
        ("Bonn is in Germany", "Texas is where Bonn is", "", ""),
        ("Ann of Rome", "Great Ann, of Pisa", "", ""),
        ("red house", "the blue old house", "", "blue"),
        ("big north wind", "south wind", "", "south"),
        ("Manchester United Rovers", "Manchester City", "", ""),
        ("Manchester united", "Manchester City", "", ""),
        ("Manchester Rangers", "Manchester City", "", "city"),
        ("Dr Jane Lee", "Dr Bob Lee", "", "bob"),
        ("King Lee", "Bob Lee", "", ""),
        ("up side", "far side", "", ""),
        ("iron oxide", "iron chloride", "", "chloride"),
        ("inactive big site", "active big site", "", "active"),
        ("legal big site", "illegal big site", "", "illegal"),
        ("Mike Lee", "Michael Lee", "", ""),
        ("colour house", "color house", "", ""),
        ("Kilometer Race", "Klmr Race", "", ""),
        ("Kilometer Race", "Klmtr Race", "", "klmtr"),
        ("University of Oxford", "The university, Cambridge", "", "cambridge"),
        ("John's house", "Bob's house", "", "bob"),
        ("Winter Olympics", "Summer Olympics", "", "summer"),
        ("the Red rovers of rome", "Old Green rovers of rome", "", "green"),
        ("the Gorky rovers of rome", "Yes, Lenin rovers of rome", "", "lenin"),
        ("Mumbai, India", "Mumbai Maharashtra", "", ""),
        ("Serena Williams", "Sarena Jameka Williams", "", ""),
        ("Serena Jameka Williams", "Venus Williams won", "", "venus"),
        ("Michael James Smith", "Mike Smith", "", ""),
        ("Michael Lee", "Mark Lee", "", "mark"),
        ("Dr Jane Lee", "Bob Lee", "", "bob"),
        ("steam engine", "a steel engine", "", "steel"),
        ("loss of biodiversity", "rich biodiversity", "", ""),
        ("the first stage of meiosis", "the first stage of mitosis", "", "mitosis"),
        ("operant conditioning", "Classical conditioning", "", "classical"),
        ("operant conditioning", "It is as you say. Classical conditioning", "", "classical"),
        ("operant conditioning", "In psychology, it is classical conditioning", "", "classical"),
        ("Ames, Iowa", f"It was Dubuque, Iowa, {'so it went ' * 19}", "", "dubuque"),
        ("Ames, Iowa", f"It was Dubuque, Iowa, {'so it went ' * 19} well", "", ""),
    ],
)
def test_another_name_or_word_in_the_same_place_is_a_rival(
    gold: str, answer: str, question: str, word: str
) -> None:
    assert rival(gold, answer, question) == word


@pytest.mark.parametrize(
    ("gold", "answer", "question", "lacks"),
    [
        ("Qader 1 missile", "a missile", "", True),
        ("Qader 1 missile", "Qader 1", "", False),
        ("Qader 1 missile", "a missile", "Which of the 1 is it?", False),
        ("Long Island of 1922", "Long Island", "", False),
        ("1922", "Long Island", "", True),
        ("July 1, 1890", "1890", "", False),
        ("missile", "missile", "", False),
        ("one red big old good bad missile", "a missile", "", False),
    ],
)
def test_a_number_of_few_words_must_be_there(gold: str, answer: str, question: str, lacks: bool) -> None:
    assert lacks_number(gold, answer, question) is lacks
