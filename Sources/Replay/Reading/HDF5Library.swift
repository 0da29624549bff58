import CHDF5Reader

/// The linked library that reads and writes data files.
public enum HDF5Library {
    /// Its version, such as `1.10.8`.
    public static var version: String {
        var text = [CChar](repeating: 0, count: Int(CH5_REASON))
        ch5_version(&text)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether this kernel lets the process that reads a file give up all system calls but those of reading.
    public static var isConfined: Bool { ch5_can_confine() != 0 }
}
