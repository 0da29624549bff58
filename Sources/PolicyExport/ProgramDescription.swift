import Foundation
import SafeRL
import Storage

/// What a file of tensors says about the program whose numbers it holds.
struct ProgramDescription: Encodable {
    /// A step of a network.
    struct Step: Encodable {
        var operation: String
        var inputs: [Int]
        /// Tensors that it reads.
        var weight, bias: String?
        var epsilon: Double?
        var factors: [Double]?
    }

    /// A step of a diffusion.
    struct Move: Encodable {
        var time: Int
        var remove, divide, add, keep, toward, new, old: Float
    }

    /// What chooses among candidates.
    struct Preference: Encodable {
        var order: String
        var threshold: Float
    }

    /// Of this description.
    var format = 1
    var origin: String
    var observation, action, candidates: Int
    /// Blocks of noise, and numbers of a candidate in one.
    var noiseBlocks, noiseWidth: Int
    /// `network`, `choice` or `diffusion`.
    var drawing: String
    var isClipped: Bool
    var moves: [Move]
    var preference: Preference?
    var networks: [String: [Step]]

    private enum CodingKeys: String, CodingKey {
        case format, origin, observation, action, candidates, drawing, moves, preference, networks
        case noiseBlocks = "noise_blocks"
        case noiseWidth = "noise_width"
        case isClipped = "is_clipped"
    }
}

extension ExportedProgram {
    /// Numbers of single precision with a name and a shape.
    struct Tensor {
        var name: String
        var shape: [Int]
        var values: [Double]
    }

    /// The description, and the tensors that it names.
    func described() -> (description: ProgramDescription, tensors: [Tensor]) {
        var tensors: [Tensor] = []
        var known: [ObjectIdentifier: String] = [:]
        var steps: [String: [ProgramDescription.Step]] = [:]
        for (name, network) in networks {
            steps[name] = network.nodes.enumerated().map { index, node in
                Self.step(node, "\(name).\(index)", &tensors, &known)
            }
        }
        var (drawing, isClipped, moves) = ("network", false, [ProgramDescription.Move]())
        switch program.drawing {
        case .network(_, _, let clips): isClipped = clips
        case .choice: drawing = "choice"
        case .diffusion(let walk):
            drawing = "diffusion"
            tensors.append(
                Tensor(
                    name: "codes", shape: [walk.codes.count, walk.codes.first?.count ?? 0],
                    values: walk.codes.flatMap(\.self)))
            moves = walk.steps.map {
                .init(
                    time: $0.time, remove: $0.remove, divide: $0.divide, add: $0.add, keep: $0.keep,
                    toward: $0.toward, new: $0.new, old: $0.old)
            }
        }
        let description = ProgramDescription(
            origin: origin, observation: program.observationSize, action: program.actionSize,
            candidates: program.candidates, noiseBlocks: program.noiseBlocks, noiseWidth: program.noiseWidth,
            drawing: drawing, isClipped: isClipped, moves: moves,
            preference: program.preference.map {
                .init(order: $0.order.rawValue, threshold: Float($0.threshold))
            },
            networks: steps)
        return (description, tensors)
    }

    private static func step(
        _ node: NetworkNode, _ own: String, _ tensors: inout [Tensor],
        _ known: inout [ObjectIdentifier: String]
    ) -> ProgramDescription.Step {
        func step(_ operation: String) -> ProgramDescription.Step {
            .init(operation: operation, inputs: node.inputs)
        }
        func pair(_ operation: String, _ scale: [Double], _ shift: [Double]) -> ProgramDescription.Step {
            tensors.append(Tensor(name: "\(own).weight", shape: [scale.count], values: scale))
            tensors.append(Tensor(name: "\(own).bias", shape: [shift.count], values: shift))
            var made = step(operation)
            (made.weight, made.bias) = ("\(own).weight", "\(own).bias")
            return made
        }
        switch node.operation {
        case .input: return step("input")
        case .gate: preconditionFailure("a step that is not exported")
        case .activation(let function): return step(function.rawValue)
        case .centre: return step("centre")
        case .concatenation: return step("concatenation")
        case .scaled(let scale, let shift): return pair("scaled", scale, shift)
        case .normalise(let scale, let shift, let epsilon):
            var made = pair("normalise", scale, shift)
            made.epsilon = epsilon
            return made
        case .sum(let factors):
            var made = step("sum")
            made.factors = factors
            return made
        case .affine(let map):
            let name = known[ObjectIdentifier(map)] ?? own
            if known.updateValue(name, forKey: ObjectIdentifier(map)) == nil {
                tensors.append(
                    Tensor(name: "\(own).weight", shape: [map.rows, map.columns], values: map.weight))
                tensors.append(Tensor(name: "\(own).bias", shape: [map.rows], values: map.bias))
            }
            var made = step("affine")
            (made.weight, made.bias) = ("\(name).weight", "\(name).bias")
            return made
        }
    }
}

extension ExportedProgram.Tensor {
    /// The numbers as they lie in a file.
    var bytes: [UInt8] { TensorBytes.bytes(values.map { Float($0) }) }
}

/// A program as a safetensors file, whose metadata hold the description under `program`.
struct TensorExport {
    private let exported: ExportedProgram

    init(_ exported: ExportedProgram) { self.exported = exported }

    /// The file.
    func bytes() throws -> [UInt8] {
        let (description, tensors) = exported.described()
        var file = TensorBytes("program", try JSONEncoder.compact.text(of: description))
        for tensor in tensors { file.add(tensor.name, "F32", tensor.shape, tensor.values.map { Float($0) }) }
        return file.file
    }
}
