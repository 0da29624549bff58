import SafeRL

/// A program whose networks have names.
struct ExportedProgram {
    let program: PolicyProgram
    let origin: String
    /// The networks of the program, each once.
    let networks: [(name: String, network: VerifiableNetwork)]

    init(_ program: PolicyProgram, origin: String) throws {
        (self.program, self.origin) = (program, origin)
        var networks = [("actor", program.actor)]
        if let preference = program.preference, preference.order != .first {
            networks += [("rewards", preference.rewards), ("risks", preference.risks)]
        }
        self.networks = networks
        for (name, network) in networks { try Self.check(network, name) }
    }

    /// Whether critics are asked.
    var asks: Bool { networks.count > 1 }

    /// Refuses what single precision cannot hold, and steps of derivatives.
    private static func check(_ network: VerifiableNetwork, _ name: String) throws {
        for node in network.nodes {
            if case .gate = node.operation { throw UnexportablePolicy(name, "a derivative is not exported.") }
            guard node.numbers.allSatisfy({ Float($0).isFinite }) else {
                throw UnexportablePolicy(
                    name, "a number is beyond single precision, or none. Train it again.")
            }
        }
    }
}

extension PolicyProgram {
    /// The network that actions come from.
    var actor: VerifiableNetwork {
        switch drawing {
        case .network(let network, _, _), .choice(let network): network
        case .diffusion(let walk): walk.network
        }
    }
}

extension NetworkNode {
    /// All stored numbers.
    var numbers: [Double] {
        switch operation {
        case .input, .activation, .gate, .centre, .concatenation: []
        case .affine(let map): map.weight + map.bias
        case .normalise(let scale, let shift, let epsilon): scale + shift + [epsilon]
        case .scaled(let scale, let shift): scale + shift
        case .sum(let factors): factors
        }
    }
}
