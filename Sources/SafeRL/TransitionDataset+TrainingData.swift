import Replay

extension TransitionDataset: TrainingData {}
