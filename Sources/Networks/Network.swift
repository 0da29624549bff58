import Tensors

/// A network that no longer learns: a description and its numbers, for acting.
public final class Network<Body: Sendable> {
    /// The description.
    public let body: Body
    /// Names, shapes and places of the parameters.
    public let layout: Layout
    private let values: Tensor
    private let places: UnsafeMutablePointer<StoredPlace>?
    /// Weights as tiles read them, by number, arranged when they are first multiplied by; none where some stay as they are stored.
    private let kept: UnsafeMutableBufferPointer<KeptPanels>
    /// Keeps the memory of stored numbers alive.
    private let owner: (any Sendable)?

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
        (places, owner) = (nil, nil)
        kept = .allocate(capacity: layout.entries.count)
        kept.initialize(repeating: KeptPanels())
        for entry in layout.entries {
            let offset = entry.parameter.offset
            try load(entry, .init(rebasing: values.buffer[offset..<offset + entry.parameter.shape.count]))
        }
    }

    /// Makes a network of which some parameters stay where they are, in 16 bits or in blocks.
    ///
    /// - Parameters:
    ///   - build: describes the network by adding its parameters to a layout.
    ///   - owner: keeps the memory of these parameters alive as long as the network lives.
    ///   - stored: the numbers of one parameter, or nil for one to be filled.
    ///   - load: fills one parameter.
    package init(
        _ build: (inout Layout) -> Body, keeping owner: any Sendable,
        stored: (Layout.Entry) throws -> StoredMatrix?,
        load: (Layout.Entry, UnsafeMutableBufferPointer<Float>) throws -> Void
    ) rethrows {
        var layout = Layout()
        body = build(&layout)
        self.layout = layout
        self.owner = owner
        kept = .init(start: nil, count: 0)
        var (found, count): ([StoredPlace], Int) = ([], 0)
        for entry in layout.entries {
            let place = StoredPlace(matrix: try stored(entry), offset: count)
            if place.matrix == nil { count += (entry.shape.count + 15) & ~15 }
            found.append(place)
        }
        values = Tensor(1, count)
        let places = UnsafeMutablePointer<StoredPlace>.allocate(capacity: max(found.count, 1))
        places.initialize(from: found, count: found.count)
        self.places = places
        for (entry, place) in zip(layout.entries, found) where place.matrix == nil {
            let end = place.offset + entry.shape.count
            try load(entry, .init(rebasing: values.buffer[place.offset..<end]))
        }
    }

    deinit {
        places?.deallocate()
        for panels in kept { panels.deallocate() }
        kept.deallocate()
    }

    /// The numbers of one parameter, row by row, in single precision; nothing where some stay as they are stored.
    package func numbers(_ parameter: Parameter) -> [Float]? {
        guard places == nil else { return nil }
        return Array(values.buffer[parameter.offset..<parameter.offset + parameter.shape.count])
    }

    /// The numbers on a tape, constant.
    public func weights(on tape: Tape) -> Weights {
        guard let base = values.buffer.baseAddress else { preconditionFailure("a tensor without memory") }
        var weights = Weights(tape: tape, values: base, gradients: nil, flags: nil)
        weights.places = places.map { UnsafePointer($0) }
        weights.kept = kept.baseAddress
        return weights
    }
}

extension Network where Body: Layer {
    /// Applies the network.
    public func callAsFunction(_ x: Variable) -> Variable { body(x, weights(on: x.tape)) }
}

extension LearnerOf where Scalar == Float {
    /// The weights (or their moving average) as they are now, independent of later updates.
    public func snapshot(_ role: LearnerRole, _ build: (inout Layout) -> Body) -> Network<Body> {
        Network(build) { entry, values in _ = values.update(fromContentsOf: elements(entry, role)) }
    }
}
