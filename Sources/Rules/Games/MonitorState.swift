/// What the judgement of all later steps depends on: equal for two monitors that will judge alike.
package struct MonitorState: Hashable {
    private var words: [UInt64] = []
    private var keys: [[RuleValue]] = []

    /// Reads what is remembered.
    package init(of monitor: RuleMonitor) {
        for memory in monitor.memories { memory.write(at: monitor.time, into: &words, &keys) }
    }
}

extension Memory {
    /// Writes what later steps depend on, rows in the order of their keys and steps counted back from now.
    fileprivate func write(at time: Int, into words: inout [UInt64], _ keys: inout [[RuleValue]]) {
        let named = (0..<rows).map { row in (row, key.indices.map { keyValue(row, $0) }) }
        words.append(UInt64(rows))
        for (row, key) in named.sorted(by: { "\($0.1)" < "\($1.1)" }) {
            keys.append(key)
            withBits(row) { bits in
                for word in bits.indices { words.append(bits[word]) }
            }
            switch kind {
            case .bits: break
            case .ring(let size):
                for back in 1...size {
                    words.append(number(row, (time - back + size * back) % size).bitPattern)
                }
                words.append(UInt64(min(time, size)))
            case .waiting(let within):
                // When a trigger came does not matter where it may wait to the end.
                if within == nil { words.append(number(row) < .infinity ? 1 : 0) }
            case .count(let window): if window.upper == nil { words.append(number(row).bitPattern) }
            case .number: words.append(number(row).bitPattern)
            case .total:
                words.append(number(row).bitPattern)
                for amount in amounts(row) {
                    words.append(UInt64(bitPattern: Int64(time - amount.step)))
                    words.append(amount.amount.bitPattern)
                }
            }
        }
    }
}
