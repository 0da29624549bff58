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
        var values = (0..<observationSize).map { observation[$0] }
        guard let choices = actionChoices else { return values + (0..<actionSize).map { action[$0] } }
        values += (0..<choices).map { Float($0) == action[0] ? 1 : 0 }
        return values
    }

    /// The numbers of a step.
    public func values(_ observation: [Float], _ action: [Float]) -> [Float] {
        values(observation.span, action.span)
    }
}
