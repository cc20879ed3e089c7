"""The learner `hf`: open weights that are tuned on this machine, with PyTorch, behind the services' wire.

`learner` is the door; `loading` opens the model, `options` has its settings, `chat` its template. `course`
trains, and `gate` has it and answers take turns. `desk` takes questions, of which `together` has many
written at once, each as `writing` says; or `vllm` puts them to its server. `adapters` and `copies` hold the
weights of what was trained, `shelf` keeps them on disk; `progress` keeps there how far an unfinished training
is, and `figures` are its losses.
"""
