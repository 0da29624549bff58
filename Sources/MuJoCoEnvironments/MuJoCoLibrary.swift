import CMuJoCo

/// MuJoCo 2.2.2, opened when it is first needed.
public struct MuJoCoLibrary {
    let handle: OpaquePointer

    /// Opens the library, or takes the one that was opened before.
    ///
    /// - Parameter places: where to look.
    /// - Throws: `MuJoCoError` where it is absent, of another version, or something else altogether.
    public init(_ places: MuJoCoPlaces = MuJoCoPlaces()) throws(MuJoCoError) {
        let file = places.libraryToOpen
        var fault = cmj_fault()
        guard let handle = cmj_library_open(file, &fault) else {
            throw MuJoCoError(fault, library: file ?? "libmujoco.so", model: "")
        }
        self.handle = handle
    }

    /// `2.2.2`.
    public static let version = "2.2.2"

    /// The file that the library was loaded from.
    public var path: String { String(cString: cmj_library_path(handle)) }
}

extension MuJoCoError {
    /// Explains a fault of the C layer.
    init(_ fault: cmj_fault, library: String, model: String) {
        var text = fault.detail
        let detail = withUnsafeBytes(of: &text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isNewline)
                .joined(separator: " ")
        }
        self =
            switch cmj_fault_kind(UInt32(fault.kind)) {
            case CMJ_NO_LIBRARY: .noLibrary(reason: detail)
            case CMJ_OTHER_VERSION: .otherVersion(Int(fault.number), library: detail)
            case CMJ_NO_FUNCTION: .notMuJoCo(library: library, missing: detail)
            case CMJ_OTHER_LAYOUT: .otherLayout(library: detail)
            case CMJ_BAD_MODEL: .unreadableModel(file: model, reason: detail)
            case CMJ_NO_MEMORY: .outOfMemory
            default: .engine(detail)
            }
    }
}
