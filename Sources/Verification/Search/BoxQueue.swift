/// Boxes that wait, the one with the least bound first, and among equals the older one.
struct BoxQueue {
    private struct Entry {
        let bound: Double
        let age: Int
        let place: Int
    }

    private let inputs: Int
    private var heap: [Entry] = []
    private var numbers: [Double] = []
    private var free: [Int] = []
    private var age = 0

    /// An empty queue of boxes of some inputs.
    init(inputs: Int) { self.inputs = inputs }

    /// How many wait.
    var count: Int { heap.count }
    /// The least bound.
    var least: Double { heap.first?.bound ?? .infinity }

    /// Adds a box: its lower ends, then its upper ends.
    mutating func add(_ box: [Double], bound: Double) {
        let place: Int
        if let old = free.popLast() {
            place = old
            for (i, value) in box.enumerated() { numbers[place * 2 * inputs + i] = value }
        } else {
            place = numbers.count / (2 * inputs)
            numbers += box
        }
        heap.append(Entry(bound: bound, age: age, place: place))
        age += 1
        var child = heap.count - 1
        while child > 0, Self.precedes(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the box with the least bound.
    mutating func take() -> (box: [Double], bound: Double)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        free.append(first.place)
        let start = first.place * 2 * inputs
        return (Array(numbers[start..<start + 2 * inputs]), first.bound)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if Self.precedes(heap[child], heap[least]) { least = child }
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
        a.bound < b.bound || (a.bound == b.bound && a.age < b.age)
    }
}
