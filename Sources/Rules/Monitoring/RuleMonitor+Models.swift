// What models say, to be compared with what was recorded.
extension RuleMonitor {
    /// What each model says of its next signal.
    ///
    /// - Parameter step: whose other signals are known.
    /// - Returns: one number for each model of the file, in its order, without its error.
    /// - Throws: `RuleFault` where a signal, or what is computed of signals, is no finite number.
    public mutating func predictions(from step: TraceStep) throws(RuleFault) -> [Double] {
        self.step = step
        var found: [Double] = []
        for model in rules.models {
            guard let node = program.models[model.signal] else { continue }
            let value = try number(of: node)
            guard value.isFinite else { throw .notFinite("what a model says") }
            found.append(value)
        }
        return found
    }
}
