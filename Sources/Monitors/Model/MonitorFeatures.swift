import Tensors

/// What a monitor sees of a step: the observation, then the action; of a choice one number for each, 1 where it is that one.
public struct MonitorFeatures: Codable, Sendable, Hashable {
    /// Numbers of an observation and of an action, each at least 1.
    public let observationSize, actionSize: Int
    /// How many choices an action is one of; nil where actions are real numbers.
    public let actionChoices: Int?

    /// Describes features.
    public init(observationSize: Int, actionSize: Int, actionChoices: Int? = nil) {
        (self.observationSize, self.actionSize) = (observationSize, actionSize)
        self.actionChoices = actionChoices
    }

    private enum CodingKeys: String, CodingKey {
        case observationSize = "observation_size"
        case actionSize = "action_size"
        case actionChoices = "action_choices"
    }

    /// Numbers of a step.
    public var count: Int { observationSize + (actionChoices ?? actionSize) }

    /// The numbers of a step.
    ///
    /// - Parameters:
    ///   - observation: `observationSize` numbers.
    ///   - action: `actionSize` numbers.
    /// - Returns: `count` numbers; a choice that is none of them leaves zeros.
    public func values(_ observation: Span<Float>, _ action: Span<Float>) -> [Float] {
        precondition(
            observation.count == observationSize && action.count == actionSize,
            "\(observation.count) and \(action.count) numbers for \(observationSize) and \(actionSize)")
        var values = [Float](repeating: 0, count: count)
        write(observation, action, into: &values)
        return values
    }

    /// Writes the numbers of a step into memory of `count` numbers.
    func write(_ observation: Span<Float>, _ action: Span<Float>, into values: inout [Float]) {
        for place in 0..<observationSize { values[place] = observation[place] }
        for place in observationSize..<count {
            let own = place - observationSize
            values[place] = actionChoices == nil ? action[own] : Float(own) == action[0] ? 1 : 0
        }
    }

    /// The numbers of a step.
    public func values(_ observation: [Float], _ action: [Float]) -> [Float] {
        values(observation.span, action.span)
    }
}
