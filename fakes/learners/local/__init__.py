"""The learner `hf`: open weights that are tuned on this machine, with PyTorch, behind the services' wire.

`learner` is the door; `loading` opens the model, `options` has its settings, `chat` its template. `course`
trains, `writing` answers, and `gate` has them take turns. `adapters` and `copies` hold the weights of what
was trained, `shelf` keeps them on disk; `progress` keeps there how far an unfinished training is, and
`figures` are its losses.
"""
