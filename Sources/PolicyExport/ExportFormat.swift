import SafeRL
import Storage

/// What a policy can be written as.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// An ONNX model, operator set 17.
    case onnx
    /// One file of C11 that needs the standard library alone.
    case c
    /// Tensors with a description of what computes with them.
    case safetensors
    /// One module that needs NumPy alone.
    case python

    /// What the name of such a file ends with.
    public var fileExtension: String {
        switch self {
        case .onnx: "onnx"
        case .c: "c"
        case .safetensors: "safetensors"
        case .python: "py"
        }
    }

    /// The file of a policy.
    ///
    /// - Parameters:
    ///   - program: how the policy acts.
    ///   - origin: what it comes from, in one line, for whoever opens the file.
    /// - Returns: its bytes, equal for equal programs and origins.
    /// - Throws: `UnexportablePolicy` where a number is too large for single precision or a step has no such form.
    public func file(of program: PolicyProgram, origin: String) throws -> [UInt8] {
        let exported = try ExportedProgram(program, origin: oneLine(origin))
        return switch self {
        case .onnx: OnnxExport(exported).bytes()
        case .c: Array(CExport(exported).text().utf8)
        case .safetensors: try TensorExport(exported).bytes()
        case .python: Array(try PythonExport(exported).text().utf8)
        }
    }
}
