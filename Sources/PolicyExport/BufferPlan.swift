import SafeRL

/// Where the numbers of each step of a network lie while it is computed: places are used again once nothing reads them any more.
struct BufferPlan {
    /// The place of each step, in numbers of one row; the input's and the output's are nil, because they lie elsewhere.
    let places: [Int?]
    /// Numbers of one row in all.
    let size: Int

    init(_ network: VerifiableNetwork) {
        let nodes = network.nodes
        var lastUse = [Int](repeating: 0, count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { lastUse[input] = index } }
        var places = [Int?](repeating: nil, count: nodes.count)
        var free: [(start: Int, width: Int)] = []
        var end = 0
        for (index, node) in nodes.enumerated() {
            if index > 0, index < nodes.count - 1 {
                if let fit = free.indices.filter({ free[$0].width >= node.width }).min(by: {
                    free[$0].width < free[$1].width
                }) {
                    places[index] = free[fit].start
                    // The rest of a wider place stays with its user until the user ends.
                    free.remove(at: fit)
                } else {
                    places[index] = end
                    end += node.width
                }
            }
            for input in Set(node.inputs).sorted() where lastUse[input] == index {
                if let start = places[input] { free.append((start, nodes[input].width)) }
            }
        }
        (self.places, size) = (places, end)
    }
}
