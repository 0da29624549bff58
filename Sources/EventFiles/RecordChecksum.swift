/// The checksum of records in event files: CRC-32C (Castagnoli), turned and shifted.
///
/// PNG's CRC-32 is another one: its polynomial differs.
public enum RecordChecksum {
    /// The polynomial, lowest power in the highest bit.
    private static let polynomial: UInt32 = 0x82F6_3B78
    /// What keeps the checksum of bytes that hold checksums from being a constant.
    private static let mask: UInt32 = 0xA282_EAD8

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ polynomial : rest >> 1 }
    }

    /// CRC-32C of bytes; 0 for none.
    public static func plain(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// The form that records hold: turned right by 15 bits, then shifted by a constant.
    public static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let sum = plain(bytes)
        return (sum >> 15 | sum << 17) &+ mask
    }
}
