import Tensors

/// A network that no longer learns: a description and its numbers, for acting.
public final class Network<Body: Sendable> {
    /// The description.
    public let body: Body
    /// Names, shapes and places of the parameters.
    public let layout: Layout
    private let values: Tensor

    /// Makes a network whose parameters are given one by one.
    ///
    /// - Parameters:
    ///   - build: describes the network by adding its parameters to a layout.
    ///   - load: fills one parameter.
    public init(
        _ build: (inout Layout) -> Body,
        load: (Layout.Entry, UnsafeMutableBufferPointer<Float>) throws -> Void
    ) rethrows {
        var layout = Layout()
        body = build(&layout)
        self.layout = layout
        values = Tensor(1, layout.count)
        for entry in layout.entries {
            let offset = entry.parameter.offset
            try load(entry, .init(rebasing: values.buffer[offset..<offset + entry.parameter.shape.count]))
        }
    }

    /// The numbers on a tape, constant.
    public func weights(on tape: Tape) -> Weights {
        guard let base = values.buffer.baseAddress else { preconditionFailure("a tensor without memory") }
        return Weights(tape: tape, values: base, gradients: nil, flags: nil)
    }
}

extension Network where Body: Layer {
    /// Applies the network.
    public func callAsFunction(_ x: Variable) -> Variable { body(x, weights(on: x.tape)) }
}

extension Learner {
    /// The weights (or their moving average) as they are now, independent of later updates.
    public func snapshot(_ role: LearnerRole, _ build: (inout Layout) -> Body) -> Network<Body> {
        Network(build) { entry, values in _ = values.update(fromContentsOf: elements(entry, role)) }
    }
}
