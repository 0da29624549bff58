/// A tape in single precision, as networks are trained.
public typealias Tape = TapeOf<Float>
/// A value on a tape in single precision.
public typealias Variable = VariableOf<Float>

/// Records operations as they are computed, so that gradients can be walked back through them, and derivatives along a
/// direction forward.
///
/// Values live in an arena that `reset()` empties without giving memory back: after the first few updates nothing is
/// allocated any more. A tape belongs to one isolation domain.
public final class TapeOf<Scalar: TapeScalar> {
    /// Adds to the gradients of an operation's inputs, given the node of its result.
    typealias Backward = (TapeOf, Int) -> Void
    /// Writes the derivative of an operation's result along a direction, given its node and where it goes.
    typealias Tangent = (TapeOf, Int, UnsafeMutablePointer<Scalar>) -> Void

    /// One recorded result: plain data, and the function that walks back through it.
    struct Node {
        var value: UnsafeMutablePointer<Scalar>
        var shape: Shape
        var needsGradient: Bool
        /// Where the gradient is added up; nil until something flows back.
        var gradient: UnsafeMutablePointer<Scalar>?
        /// Whether `gradient` holds a sum already; parameters keep this flag with their learner.
        var hasGradient = false
        var parameterFlag: UnsafeMutablePointer<Bool>?
        var backward: Backward?
        var tangent: Tangent?
        /// The derivative along a direction while it is walked forward; nil where it is zero.
        var slope: UnsafeMutablePointer<Scalar>?
        var first: Int32 = -1
        var second: Int32 = -1
        var third: Int32 = -1
        /// What the forward pass keeps for the backward pass.
        var saved: UnsafeMutablePointer<Scalar>?
        var indices: UnsafeMutablePointer<Int32>?
        var code: Int32 = 0
        var low: Scalar = 0
        var high: Scalar = 0
        /// What a leaf of stored numbers holds in place of `value`.
        var stored: StoredMatrix?
        /// Where a leaf that never changes keeps its numbers as tiles read them.
        var kept: UnsafeMutablePointer<KeptPanels>?
    }

    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var count = 0
    private var capacity: Int
    var arena = Arena()
    /// Grows with every reset, so that a variable used too late is caught.
    private(set) var generation: UInt32 = 0

    /// Where `inDouble` computes losses; made when first used.
    lazy var wide = TapeOf<Double>(nodes: 64)

    /// How products with many rows are computed: as `Precision` says since the last reset, or as a test chose.
    package var products: ProductMethod {
        get { method }
        set { (method, isMethodChosen) = (newValue, true) }
    }
    private var method = ProductMethod.current
    private var isMethodChosen = false

    /// Floating-point operations of all matrix products so far, two for each multiply-add; resets do not clear it.
    public internal(set) var productOperations = 0.0

    /// Makes a tape; both capacities grow as needed.
    ///
    /// - Parameters:
    ///   - floats: memory set aside at once, in floats.
    ///   - nodes: operations expected between two resets.
    public init(floats: Int = 1 << 16, nodes: Int = 512) {
        _ = BLAS.prepared
        capacity = max(nodes, 16)
        self.nodes = .allocate(capacity: capacity)
        arena.reserve(floats)
    }

    deinit {
        nodes.deinitialize(count: count)
        nodes.deallocate()
        arena.deallocate()
    }

    /// Forgets everything recorded; variables made before must not be used any more.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func reset() {
        nodes.deinitialize(count: count)
        count = 0
        arena.reset()
        generation &+= 1
        if !isMethodChosen { method = ProductMethod.current }
    }

    /// Records what `body` does, then forgets it again and takes its memory back.
    ///
    /// - Parameter body: must not let a variable out; what it computes leaves as plain numbers.
    /// - Returns: what `body` returns.
    public func temporarily<Result>(_ body: () throws -> Result) rethrows -> Result {
        let (mark, place) = (count, arena.place)
        defer {
            (nodes + mark).deinitialize(count: count - mark)
            count = mark
            arena.goBack(to: place)
        }
        return try body()
    }

    /// Bytes that the arena holds.
    public var bytes: Int { arena.bytes }

    // MARK: - Recording

    /// Uninitialised memory that lives until the next reset.
    func allocate(_ count: Int) -> UnsafeMutablePointer<Scalar> {
        UnsafeMutableRawPointer(arena.allocate(Self.floats(count))).bindMemory(
            to: Scalar.self, capacity: count)
    }

    /// Uninitialised memory of a released block of the same size, else fresh; `release` makes it available again.
    func reuse(_ count: Int) -> UnsafeMutablePointer<Scalar> {
        UnsafeMutableRawPointer(arena.reuse(Self.floats(count))).bindMemory(to: Scalar.self, capacity: count)
    }

    func release(_ block: UnsafeMutablePointer<Scalar>, count: Int) {
        let floats = Self.floats(count)
        arena.release(
            UnsafeMutableRawPointer(block).bindMemory(to: Float.self, capacity: floats), floats: floats)
    }

    /// What the arena measures in takes up 4 bytes.
    private static func floats(_ count: Int) -> Int { count * (MemoryLayout<Scalar>.stride / 4) }

    func allocateIndices(_ count: Int) -> UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(arena.allocate(count)).bindMemory(to: Int32.self, capacity: count)
    }

    /// Adds a node with memory of its own for the value; it needs a gradient where an input does.
    func record(
        _ shape: Shape, _ first: VariableOf<Scalar>?, _ second: VariableOf<Scalar>? = nil,
        _ third: VariableOf<Scalar>? = nil, _ backward: Backward? = nil, _ tangent: Tangent? = nil
    ) -> VariableOf<Scalar> {
        var node = Node(value: allocate(shape.count), shape: shape, needsGradient: false)
        node.first = adopt(first, into: &node)
        node.second = adopt(second, into: &node)
        node.third = adopt(third, into: &node)
        if node.needsGradient { (node.backward, node.tangent) = (backward, tangent) }
        return append(node)
    }

    private func adopt(_ input: VariableOf<Scalar>?, into node: inout Node) -> Int32 {
        guard let input else { return -1 }
        let index = input.checkedIndex(on: self)
        node.needsGradient = node.needsGradient || nodes[index].needsGradient
        return Int32(index)
    }

    /// Adds a leaf whose value lives elsewhere: a parameter, with its gradient, or a constant, of which `kept` may say that its
    /// numbers never change.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    package func leaf(
        _ value: UnsafeMutablePointer<Scalar>, _ shape: Shape, gradient: UnsafeMutablePointer<Scalar>? = nil,
        flag: UnsafeMutablePointer<Bool>? = nil, kept: UnsafeMutablePointer<KeptPanels>? = nil
    ) -> VariableOf<Scalar> {
        var node = Node(value: value, shape: shape, needsGradient: gradient != nil)
        node.gradient = gradient
        node.parameterFlag = flag
        node.kept = kept
        return append(node)
    }

    private func append(_ node: Node) -> VariableOf<Scalar> {
        if count == capacity {
            let grown = UnsafeMutablePointer<Node>.allocate(capacity: 2 * capacity)
            grown.moveInitialize(from: nodes, count: count)
            nodes.deallocate()
            (nodes, capacity) = (grown, 2 * capacity)
        }
        (nodes + count).initialize(to: node)
        count += 1
        return VariableOf(tape: self, index: count - 1)
    }
}

/// A value on a tape: a handle that is cheap to copy and valid until the tape's next reset.
public struct VariableOf<Scalar: TapeScalar> {
    /// Where it is recorded.
    public unowned(unsafe) let tape: TapeOf<Scalar>
    let index: Int
    private let generation: UInt32

    init(tape: TapeOf<Scalar>, index: Int) {
        (self.tape, self.index, generation) = (tape, index, tape.generation)
    }

    /// Rows and columns.
    public var shape: Shape { tape.nodes[checkedIndex(on: tape)].shape }

    /// The elements, row after row; valid until the tape's next reset.
    public var values: UnsafeBufferPointer<Scalar> {
        UnsafeBufferPointer(start: pointer, count: tape.nodes[index].shape.count)
    }

    /// The elements of a fresh constant, to be filled before anything reads it.
    package var mutableValues: UnsafeMutableBufferPointer<Scalar> {
        UnsafeMutableBufferPointer(mutating: values)
    }

    /// The only element of a `[1, 1]` variable.
    public var scalar: Scalar {
        precondition(shape == Shape(1, 1), "\(shape) is not one number")
        return values[0]
    }

    var pointer: UnsafeMutablePointer<Scalar> {
        let place = checkedIndex(on: tape)
        precondition(
            tape.nodes[place].stored == nil, "a stored matrix is for projections and rows")
        return tape.nodes[place].value
    }
    /// The numbers of a leaf of stored ones.
    var stored: StoredMatrix? { tape.nodes[checkedIndex(on: tape)].stored }
    /// Where it keeps its numbers as tiles read them, if they never change.
    var kept: UnsafeMutablePointer<KeptPanels>? { tape.nodes[checkedIndex(on: tape)].kept }
    var needsGradient: Bool { tape.nodes[index].needsGradient }

    func checkedIndex(on other: TapeOf<Scalar>) -> Int {
        precondition(tape === other, "variables of two tapes do not mix")
        precondition(
            generation == tape.generation && index < tape.count,
            "a variable was used after its tape forgot it")
        return index
    }
}
