import Rules
import SafeRL

/// Signals that leave, in recorded transitions, the range that a file of rules states.
struct SignalRanges {
    /// One sentence for each such signal.
    private(set) var warnings: [String] = []

    /// Looks at every row; columns must be those of the data.
    init(_ rules: RuleFile, _ dataset: TransitionDataset) {
        for signal in rules.signals {
            guard let range = signal.range else { continue }
            let (numbers, size) = Self.table(signal.source, dataset)
            for row in 0..<numbers.count / max(size, 1) {
                let value = numbers[row * size + signal.index]
                guard !range.contains(Double(value)) else { continue }
                warnings.append(
                    "signal \(signal.name) is \(value) in row \(row), outside of \(range.lowerBound) ... \(range.upperBound)."
                )
                break
            }
        }
    }

    /// The recorded numbers that a signal reads, and how many a row has.
    private static func table(
        _ source: Signal.Source, _ dataset: TransitionDataset
    ) -> (UnsafeBufferPointer<Float>, Int) {
        switch source {
        case .observation: (dataset.observations, dataset.observationSize)
        case .action: (dataset.actions, dataset.actionSize)
        case .next: (dataset.nextObservations, dataset.observationSize)
        }
    }
}
