/// The metrics of an algorithm that reports nothing but its loss.
public struct Loss: TrainingMetrics {
    /// The loss before the update.
    public let value: Float

    /// Wraps a loss.
    public init(_ value: Float) { self.value = value }

    /// The loss, which may be any number.
    public static var declarations: [MetricDeclaration] { [MetricDeclaration("loss", "Loss")] }

    /// One number, `loss`.
    public func report(_ metric: (_ name: String, _ value: Float) -> Void) { metric("loss", value) }
}
