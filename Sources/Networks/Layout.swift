import Tensors

/// How a parameter starts.
public enum Initialization: Sendable, Equatable {
    /// Every element 0.
    case zeros
    /// Every element 1.
    case ones
    /// Every element the same number.
    case constant(Double)
    /// U(−l, l) with l = √(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).
    case xavierUniform
    /// The same, times a factor: a small one makes a policy start alike in all states.
    case scaledXavierUniform(Double)
    /// U(−l, l) with the given l.
    case uniform(Double)
    /// U(−l, l) with l = 1 / √fan-in; in a `Linear` the bias too, by the fan-in of its weight. PyTorch's default.
    case fanInUniform
    /// N(0, σ²) cut off at ±2σ, scaled so that the variance is 1 / fan-in (LeCun et al. 1998).
    case lecunNormal
    /// N(0, σ²) with the given σ.
    case normal(Float)
    /// Orthonormal rows or columns, whichever are fewer, drawn uniformly (Saxe et al. 2014).
    case orthogonal
    /// The same, times a factor: √2 keeps the size of what passes through ReLU.
    case scaledOrthogonal(Float)
}

/// Where a parameter stands in the flat vector of its network.
public struct Parameter: Sendable, Equatable {
    package let offset: Int
    let number: Int
    /// Rows (inputs) and columns (outputs); `[1, N]` for biases and scales.
    public let shape: Shape
}

/// The names, shapes and starting values of a network's parameters: the map of one flat vector.
public struct Layout: Sendable {
    /// One parameter of the map.
    public struct Entry: Sendable {
        /// Dotted path, such as `block0.l1.weight`.
        public let name: String
        /// Where it stands.
        public let parameter: Parameter
        /// How it starts.
        public let initialization: Initialization
        /// Rows and columns.
        public var shape: Shape { parameter.shape }
    }

    /// All parameters in order.
    public private(set) var entries: [Entry] = []
    /// Length of the flat vector.
    public private(set) var count = 0
    /// Every parameter starts on a multiple of this.
    public let alignment: Int

    /// An empty map.
    ///
    /// - Parameter alignment: numbers of which every parameter starts on a multiple, a power of 2; 1 leaves no gaps.
    public init(alignment: Int = 16) {
        precondition(alignment > 0 && alignment & (alignment - 1) == 0, "an alignment of \(alignment)")
        self.alignment = alignment
    }

    /// Number of elements in all parameters, without the gaps between them.
    public var parameterCount: Int { entries.reduce(0) { $0 + $1.parameter.shape.count } }

    /// Adds a parameter.
    ///
    /// - Parameters:
    ///   - name: not used before in this layout.
    ///   - rows: inputs; 1 for biases and scales.
    ///   - columns: outputs.
    ///   - initialization: how it starts.
    /// - Returns: where it stands.
    public mutating func add(
        _ name: String, _ rows: Int, _ columns: Int, _ initialization: Initialization
    ) -> Parameter {
        precondition(!entries.contains { $0.name == name }, "two parameters are called \(name)")
        let parameter = Parameter(offset: count, number: entries.count, shape: Shape(rows, columns))
        entries.append(Entry(name: name, parameter: parameter, initialization: initialization))
        count += (rows * columns + alignment - 1) & ~(alignment - 1)
        return parameter
    }

    /// The flat vector in as few neighbouring pieces as have one property each.
    ///
    /// - Parameter property: of the parameter of a name.
    /// - Returns: ranges that follow one another.
    func pieces(where property: (String) -> Bool) -> [(Range<Int>, Bool)] {
        var pieces: [(Range<Int>, Bool)] = []
        for (number, entry) in entries.enumerated() {
            let end = number + 1 < entries.count ? entries[number + 1].parameter.offset : count
            let isIn = property(entry.name)
            if let last = pieces.last, last.1 == isIn {
                pieces[pieces.count - 1].0 = last.0.lowerBound..<end
            } else {
                pieces.append((entry.parameter.offset..<end, isIn))
            }
        }
        return pieces
    }

    /// Writes the starting values into a flat vector; they are drawn in single precision.
    ///
    /// - Parameters:
    ///   - vector: of length `count`.
    ///   - stream: where random values come from.
    package func initialize<Scalar: TapeScalar>(
        _ vector: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
    ) {
        vector.update(repeating: 0)
        for entry in entries {
            let (offset, shape) = (entry.parameter.offset, entry.shape)
            let part = UnsafeMutableBufferPointer(rebasing: vector[offset..<offset + shape.count])
            switch entry.initialization {
            case .zeros: break
            case .ones: part.update(repeating: 1)
            case .constant(let value): part.update(repeating: Scalar(value))
            case .xavierUniform: uniform(part, within: glorot(shape), &stream)
            case .scaledXavierUniform(let factor):
                uniform(part, within: Scalar(factor) * glorot(shape), &stream)
            case .uniform(let limit): uniform(part, within: Scalar(limit), &stream)
            case .fanInUniform: uniform(part, within: 1 / Scalar(shape.rows).squareRoot(), &stream)
            case .lecunNormal:
                let deviation = (1 / Scalar(shape.rows)).squareRoot() / 0.8796256610342398
                draw(part) { drawn in
                    stream.fillNormal(drawn)
                    for index in drawn.indices {
                        while abs(drawn[index]) > 2 { drawn[index] = stream.nextNormal() }
                    }
                }
                for index in part.indices { part[index] *= deviation }
            case .normal(let deviation):
                draw(part) { stream.fillNormal($0) }
                for index in part.indices { part[index] *= Scalar(deviation) }
            case .orthogonal:
                draw(part) { stream.fillNormal($0) }
                Self.orthonormalise(part, shape)
            case .scaledOrthogonal(let factor):
                draw(part) { stream.fillNormal($0) }
                Self.orthonormalise(part, shape)
                for index in part.indices { part[index] *= Scalar(factor) }
            }
        }
    }

    /// Makes the rows or the columns orthonormal, whichever are fewer, by Gram and Schmidt's steps in double precision.
    private static func orthonormalise<Scalar: TapeScalar>(
        _ part: UnsafeMutableBufferPointer<Scalar>, _ shape: Shape
    ) {
        let isWide = shape.rows < shape.columns
        let (count, length) = isWide ? (shape.rows, shape.columns) : (shape.columns, shape.rows)
        func place(_ vector: Int, _ index: Int) -> Int {
            isWide ? vector * shape.columns + index : index * shape.columns + vector
        }
        var done: [[Double]] = []
        for vector in 0..<count {
            var own = (0..<length).map { Double(part[place(vector, $0)]) }
            // Twice, because one pass in finite precision leaves what it takes away of others.
            for _ in 0..<2 {
                for other in done {
                    let overlap = zip(own, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for index in own.indices { own[index] -= overlap * other[index] }
                }
            }
            let size = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for index in own.indices { own[index] /= size }
            done.append(own)
            for index in own.indices { part[place(vector, index)] = Scalar(own[index]) }
        }
    }

    private func glorot<Scalar: TapeScalar>(_ shape: Shape) -> Scalar {
        (6 / Scalar(shape.rows + shape.columns)).squareRoot()
    }

    private func uniform<Scalar: TapeScalar>(
        _ part: UnsafeMutableBufferPointer<Scalar>, within limit: Scalar, _ stream: inout RandomStream
    ) {
        draw(part) { stream.fillUniform($0) }
        for index in part.indices { part[index] = (2 * part[index] - 1) * limit }
    }

    private func draw<Scalar: TapeScalar>(
        _ part: UnsafeMutableBufferPointer<Scalar>, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: part.count) { drawn in
            fill(drawn)
            for index in part.indices { part[index] = Scalar(drawn[index]) }
        }
    }
}

/// A network's parameters in single precision, as seen by its layers in one forward pass.
public typealias Weights = WeightsOf<Float>

/// A network's parameters as seen by its layers in one forward pass.
public struct WeightsOf<Scalar: TapeScalar> {
    let tape: TapeOf<Scalar>
    let values: UnsafeMutablePointer<Scalar>
    let gradients: UnsafeMutablePointer<Scalar>?
    let flags: UnsafeMutablePointer<Bool>?

    /// Numbers on a tape, differentiable where gradients are given.
    ///
    /// - Parameters:
    ///   - tape: where the layers record.
    ///   - values: a flat vector, laid out as the network says; it must live as long as the tape remembers.
    ///   - gradients: as long, or none for constants.
    ///   - flags: one for each parameter: whether its gradient holds a sum already.
    package init(
        tape: TapeOf<Scalar>, values: UnsafeMutablePointer<Scalar>, gradients: UnsafeMutablePointer<Scalar>?,
        flags: UnsafeMutablePointer<Bool>?
    ) {
        (self.tape, self.values, self.gradients, self.flags) = (tape, values, gradients, flags)
    }

    /// Where a network's parameters lie that are not all in one vector, by number.
    var places: UnsafePointer<StoredPlace>?

    /// Where parameters that never change are kept as tiles read them, by number.
    var kept: UnsafeMutablePointer<KeptPanels>?

    /// Whether nothing flows back into these parameters.
    package var isConstant: Bool { gradients == nil }

    /// One parameter, differentiable inside its learner's own `descend` only.
    public subscript(_ parameter: Parameter) -> VariableOf<Scalar> {
        @specialized(where Scalar == Float)
        @specialized(where Scalar == Double)
        get {
            if let places {
                let place = places[parameter.number]
                if let matrix = place.matrix { return tape.leaf(matrix, parameter.shape) }
                return tape.leaf(values + place.offset, parameter.shape)
            }
            return tape.leaf(
                values + parameter.offset, parameter.shape, gradient: gradients.map { $0 + parameter.offset },
                flag: flags.map { $0 + parameter.number }, kept: kept.map { $0 + parameter.number })
        }
    }
}

/// Where a constant parameter lies: stored numbers of somebody else's, or a place in the network's own vector.
struct StoredPlace {
    let matrix: StoredMatrix?
    let offset: Int
}
