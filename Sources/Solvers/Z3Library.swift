import CZ3
import Foundation
import Storage

/// Z3, a solver of satisfiability modulo theories, opened when it is first needed.
public struct Z3Library {
    /// Names the library's file; unset, the system's `libz3.so.4` is taken.
    public static let variable = "SAFERL_Z3_LIBRARY"

    /// The file that the environment variable names; nothing where it is unset or empty.
    package static var namedPath: String? {
        ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    package let handle: OpaquePointer

    /// Opens the library, or takes the one that was opened before.
    ///
    /// - Parameter path: of its file; that of the environment variable, else the system's, unless given.
    /// - Throws: `Z3Error` where it is absent, or something else altogether.
    public init(path: String? = nil) throws(Z3Error) {
        let named = path ?? Self.namedPath
        var fault = cz3_fault()
        guard let handle = cz3_library_open(named, &fault) else {
            throw Z3Error(fault, library: named ?? "libz3.so.4")
        }
        self.handle = handle
    }

    /// What the library calls its version, such as `4.8.12.0`.
    public var version: String { String(cString: cz3_library_version(handle)) }
    /// The file that it was loaded from.
    public var path: String { String(cString: cz3_library_path(handle)) }
}

/// Why Z3 cannot be used; saferl does without it.
public enum Z3Error: Fault, Equatable {
    /// No library of that name.
    case noLibrary(reason: String)
    /// A library without a function of Z3's.
    case notZ3(library: String, missing: String)
    /// No memory, or no context.
    case outOfMemory

    /// What is missing, or memory.
    public var kind: FaultKind {
        switch self {
        case .noLibrary, .notZ3: .missingInput
        case .outOfMemory: .inputOutput
        }
    }

    /// One sentence and the remedy.
    public var description: String {
        switch self {
        case .noLibrary(let reason):
            "Z3: \(oneLine(reason)). Install libz3-4, or name its file by \(Z3Library.variable)."
        case .notZ3(let library, let missing):
            "\(oneLine(library)): not Z3: it lacks \(oneLine(missing)). Name another file by \(Z3Library.variable)."
        case .outOfMemory: "Z3: not enough memory for a context."
        }
    }

    package init(_ fault: cz3_fault, library: String) {
        var text = fault.detail
        let detail = withUnsafeBytes(of: &text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self =
            switch cz3_fault_kind(UInt32(fault.kind)) {
            case CZ3_NO_LIBRARY: .noLibrary(reason: detail)
            case CZ3_NO_FUNCTION: .notZ3(library: library, missing: detail)
            default: .outOfMemory
            }
    }
}
