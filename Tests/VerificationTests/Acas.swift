import Foundation
import Verification

/// The networks and properties of ACAS Xu, where they are recorded.
enum Acas {
    /// Their folder: `data/acasxu` below `SAFERL_SHARED`; nothing where there is none.
    static let folder: String? = ProcessInfo.processInfo.environment["SAFERL_SHARED"]
        .map { $0 + "/data/acasxu" }.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

    /// A network such as `1_1`.
    static func network(_ name: String) throws -> VerifiableNetwork {
        try VerifiableNetwork(onnx: "\(folder ?? "")/onnx/ACASXU_run2a_\(name)_batch_2000.onnx")
    }

    /// A property, 1 to 10.
    static func property(_ number: Int) throws -> VerificationProperty {
        try VerificationProperty(vnnlib: "\(folder ?? "")/vnnlib/prop_\(number).vnnlib")
    }

    /// A file decoded from JSON.
    static func decode<Content: Decodable>(_ type: Content.Type, _ name: String) throws -> Content {
        try JSONDecoder().decode(
            type, from: Data(contentsOf: URL(fileURLWithPath: "\(folder ?? "")/\(name)")))
    }
}
