/// Records operations as they are computed, so that gradients can be walked back through them.
///
/// Values live in an arena that `reset()` empties without giving memory back: after the first few updates nothing is
/// allocated any more. A tape belongs to one isolation domain.
public final class Tape {
    typealias Backward = (Tape, Int) -> Void

    /// One recorded result: plain data, and the function that walks back through it.
    struct Node {
        var value: UnsafeMutablePointer<Float>
        var shape: Shape
        var needsGradient: Bool
        /// Where the gradient is added up; nil until something flows back.
        var gradient: UnsafeMutablePointer<Float>?
        /// Whether `gradient` holds a sum already; parameters keep this flag with their learner.
        var hasGradient = false
        var parameterFlag: UnsafeMutablePointer<Bool>?
        var backward: Backward?
        var first: Int32 = -1
        var second: Int32 = -1
        var third: Int32 = -1
        /// What the forward pass keeps for the backward pass.
        var saved: UnsafeMutablePointer<Float>?
        var indices: UnsafeMutablePointer<Int32>?
        var code: Int32 = 0
        var low: Float = 0
        var high: Float = 0
        /// What a leaf of 16-bit numbers holds in place of `value`.
        var stored: StoredMatrix?
    }

    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var count = 0
    private var capacity: Int
    private var arena = Arena()
    /// Grows with every reset, so that a variable used too late is caught.
    private(set) var generation: UInt32 = 0

    /// How products with many rows are computed; tests compare the ways.
    package var products = ProductMethod.best

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
    public func reset() {
        nodes.deinitialize(count: count)
        count = 0
        arena.reset()
        generation &+= 1
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
    func allocate(_ floats: Int) -> UnsafeMutablePointer<Float> { arena.allocate(floats) }

    /// Uninitialised memory of a released block of the same size, else fresh; `release` makes it available again.
    func reuse(_ floats: Int) -> UnsafeMutablePointer<Float> { arena.reuse(floats) }

    func release(_ block: UnsafeMutablePointer<Float>, floats: Int) { arena.release(block, floats: floats) }

    func allocateIndices(_ count: Int) -> UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(arena.allocate(count)).bindMemory(to: Int32.self, capacity: count)
    }

    /// Adds a node with memory of its own for the value; it needs a gradient where an input does.
    func record(
        _ shape: Shape, _ first: Variable?, _ second: Variable? = nil, _ third: Variable? = nil,
        _ backward: Backward? = nil
    ) -> Variable {
        var node = Node(value: arena.allocate(shape.count), shape: shape, needsGradient: false)
        node.first = adopt(first, into: &node)
        node.second = adopt(second, into: &node)
        node.third = adopt(third, into: &node)
        if node.needsGradient { node.backward = backward }
        return append(node)
    }

    private func adopt(_ input: Variable?, into node: inout Node) -> Int32 {
        guard let input else { return -1 }
        let index = input.checkedIndex(on: self)
        node.needsGradient = node.needsGradient || nodes[index].needsGradient
        return Int32(index)
    }

    /// Adds a leaf whose value lives elsewhere: a parameter, with its gradient, or a constant.
    package func leaf(
        _ value: UnsafeMutablePointer<Float>, _ shape: Shape, gradient: UnsafeMutablePointer<Float>? = nil,
        flag: UnsafeMutablePointer<Bool>? = nil
    ) -> Variable {
        var node = Node(value: value, shape: shape, needsGradient: gradient != nil)
        node.gradient = gradient
        node.parameterFlag = flag
        return append(node)
    }

    private func append(_ node: Node) -> Variable {
        if count == capacity {
            let grown = UnsafeMutablePointer<Node>.allocate(capacity: 2 * capacity)
            grown.moveInitialize(from: nodes, count: count)
            nodes.deallocate()
            (nodes, capacity) = (grown, 2 * capacity)
        }
        (nodes + count).initialize(to: node)
        count += 1
        return Variable(tape: self, index: count - 1)
    }

    // MARK: - Walking back

    /// Adds d(loss)/d(parameter) to the gradient of every parameter that `loss` depends on.
    ///
    /// - Parameter loss: `[1, 1]`.
    package func walkBack(from loss: Variable) {
        let last = loss.checkedIndex(on: self)
        precondition(nodes[last].shape == Shape(1, 1), "a loss is one number, not \(nodes[last].shape)")
        guard nodes[last].needsGradient else { return }
        guard let seed = gradient(of: last)?.pointer else { return }
        seed.pointee = 1
        for index in stride(from: last, through: 0, by: -1) where nodes[index].hasGradient {
            guard let backward = nodes[index].backward else { continue }
            backward(self, index)
            if let gradient = nodes[index].gradient {
                arena.release(gradient, floats: nodes[index].shape.count)
                nodes[index].gradient = nil
                nodes[index].hasGradient = false
            }
        }
    }

    /// Where an input's gradient goes, and whether something is there already to add to; nil where none is wanted.
    func gradient(of index: some BinaryInteger) -> (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)? {
        let index = Int(index)
        guard index >= 0, nodes[index].needsGradient else { return nil }
        if let flag = nodes[index].parameterFlag, let pointer = nodes[index].gradient {
            defer { flag.pointee = true }
            return (pointer, flag.pointee)
        }
        let pointer = nodes[index].gradient ?? arena.reuse(nodes[index].shape.count)
        let accumulate = nodes[index].hasGradient
        nodes[index].gradient = pointer
        nodes[index].hasGradient = true
        return (pointer, accumulate)
    }

    /// Like `gradient(of:)` for kernels that always add: memory is cleared where nothing is there yet.
    func addedGradient(of index: some BinaryInteger) -> UnsafeMutablePointer<Float>? {
        guard let (pointer, accumulate) = gradient(of: index) else { return nil }
        if !accumulate { pointer.update(repeating: 0, count: nodes[Int(index)].shape.count) }
        return pointer
    }

    /// Zeros for a kernel that adds to a gradient nobody wants.
    func unwanted(_ count: Int) -> UnsafeMutablePointer<Float> {
        let place = allocate(count)
        place.update(repeating: 0, count: count)
        return place
    }

    /// The gradient that has flowed into a node being walked back; the walk ends its life, so it may be changed.
    func incoming(_ index: Int) -> UnsafeMutablePointer<Float> {
        guard let gradient = nodes[index].gradient else {
            preconditionFailure("walked back without a gradient")
        }
        return gradient
    }
}

/// A value on a tape: a handle that is cheap to copy and valid until the tape's next reset.
public struct Variable {
    /// Where it is recorded.
    public unowned(unsafe) let tape: Tape
    let index: Int
    private let generation: UInt32

    init(tape: Tape, index: Int) {
        (self.tape, self.index, generation) = (tape, index, tape.generation)
    }

    /// Rows and columns.
    public var shape: Shape { tape.nodes[checkedIndex(on: tape)].shape }

    /// The elements, row after row; valid until the tape's next reset.
    public var values: UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: pointer, count: tape.nodes[index].shape.count)
    }

    /// The elements of a fresh constant, to be filled before anything reads it.
    package var mutableValues: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(mutating: values)
    }

    /// The only element of a `[1, 1]` variable.
    public var scalar: Float {
        precondition(shape == Shape(1, 1), "\(shape) is not one number")
        return values[0]
    }

    var pointer: UnsafeMutablePointer<Float> {
        let place = checkedIndex(on: tape)
        precondition(
            tape.nodes[place].stored == nil, "a matrix of 16-bit numbers is for projections and rows")
        return tape.nodes[place].value
    }
    /// The 16-bit numbers of such a leaf.
    var stored: StoredMatrix? { tape.nodes[checkedIndex(on: tape)].stored }
    var projectionRows: ProjectionRows { tape.nodes[checkedIndex(on: tape)].projectionRows }
    var needsGradient: Bool { tape.nodes[index].needsGradient }

    func checkedIndex(on other: Tape) -> Int {
        precondition(tape === other, "variables of two tapes do not mix")
        precondition(
            generation == tape.generation && index < tape.count,
            "a variable was used after its tape forgot it")
        return index
    }
}
