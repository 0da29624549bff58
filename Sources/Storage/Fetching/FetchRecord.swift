import Foundation

/// Where a fetched file is from: `NAME.origin.json` beside it.
public struct FetchRecord: Codable, Sendable, Equatable {
    /// The address that it was fetched from.
    public let address: String
    /// Bytes in the file.
    public let bytes: Int
    /// SHA-256 of the file, in hexadecimal.
    public let sha256: String
    /// Whether the server stated this SHA-256.
    public let isStated: Bool

    private enum CodingKeys: String, CodingKey {
        case address, bytes, sha256
        case isStated = "stated_by_server"
    }

    /// Describes what came.
    public init(_ outcome: Download.Outcome, from address: String) {
        (self.address, bytes) = (address, outcome.bytes)
        (sha256, isStated) = (outcome.sha256, outcome.isStated)
    }

    /// The record beside a file; nil where there is none that can be read.
    public init?(beside path: String) {
        guard let bytes = try? fileContents(Self.path(beside: path), limit: 1 << 16),
            let record = try? JSONDecoder().decode(Self.self, from: Foundation.Data(bytes))
        else { return nil }
        self = record
    }

    /// Where the record of a file lies.
    public static func path(beside file: String) -> String { file + ".origin.json" }

    /// Writes the record beside a file, in place of an older one.
    ///
    /// - Throws: `StorageError`.
    public func write(beside path: String) throws {
        try SystemFiles().replaceFile(
            Self.path(beside: path), with: Array(try JSONEncoder.indented.encode(self)) + [0x0A])
    }
}
