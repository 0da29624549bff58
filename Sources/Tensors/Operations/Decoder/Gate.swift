import CKernels

/// `silu(gate)·up`, element by element, in one pass: the inside of gated feed-forward layers.
///
/// - Parameters:
///   - gate: `[B, N]`.
///   - up: `[B, N]`.
/// - Returns: `[B, N]`.
/// - SeeAlso: Shazeer 2020, arXiv:2002.05202.
public func siluGate(_ gate: Variable, _ up: Variable) -> Variable {
    precondition(gate.shape == up.shape, "siluGate: \(gate.shape) does not meet \(up.shape)")
    let y = gate.tape.record(gate.shape, gate, up, nil, Tape.gateBackward)
    let context = (gate: gate.pointer, up: up.pointer, y: y.pointer, columns: gate.shape.columns)
    Shards.overRows(gate.shape.rows, elements: gate.shape.count, on: context) { context, part in
        let (gate, up, y, columns) = context
        let start = part.lowerBound * columns
        ck_silu_gate(gate + start, up + start, y + start, part.count * columns)
    }
    return y
}

extension Tape {
    // d_gate += silu'(gate)·up·dy, d_up += silu(gate)·dy
    fileprivate static func gateBackward(_ tape: Tape, _ index: Int) {
        let node = tape.nodes[index]
        let (gate, up) = (tape.nodes[Int(node.first)], tape.nodes[Int(node.second)])
        func sink(_ input: Int32) -> UnsafeMutablePointer<Float> {
            tape.addedGradient(of: input) ?? tape.unwanted(node.shape.count)
        }
        let context = (gate, up, dy: tape.incoming(index), sink(node.first), sink(node.second))
        Shards.overRows(node.shape.rows, elements: node.shape.count, on: context) { context, part in
            let (gate, up, dy, dGate, dUp) = context
            let start = part.lowerBound * gate.shape.columns
            ck_silu_gate_gradient(
                gate.value + start, up.value + start, dy + start, dGate + start, dUp + start,
                part.count * gate.shape.columns)
        }
    }
}
