import Foundation
import SafeRL
import Storage

extension Router {
    /// The store of a router's file, beside it: `router.json` has `router.store`.
    public static func storePath(of path: String) -> String {
        (path.hasSuffix(".json") ? String(path.dropLast(5)) : path) + ".store"
    }

    /// Writes the store and then the router, each whole or not at all.
    ///
    /// - Throws: `StorageError`, `EncodingError`.
    public func write(to path: String) throws {
        let files = SystemFiles()
        try files.replaceFile(Self.storePath(of: path), with: try store.encoded())
        try files.replaceFile(path, with: Array((try JSONEncoder.indented.text(of: facts) + "\n").utf8))
    }

    /// Reads a router and the store beside it.
    ///
    /// - Parameters:
    ///   - path: of `router.json`.
    ///   - monitor: path of the monitor that it was calibrated with; nil for one that scores by the policy's values.
    ///   - warn: is told of each file that the store leaves out.
    /// - Throws: `StorageError`; `MonitorError` for a file that is none, a later format, another monitor, other sizes.
    public init(contentsOf path: String, monitor: String?, warn: (String) -> Void) throws {
        let bytes = try fileContents(path)
        func refuse(_ reason: String) -> MonitorError { .malformed(path, reason: reason) }
        guard let value = try? JSONValue(parsing: bytes), let format = value["router"]?.number?.int else {
            throw refuse("it is no router. Write one by \"saferl guard calibrate\"")
        }
        guard format <= Self.format else {
            throw MonitorError.laterFormat(path, stored: format, known: Self.format)
        }
        guard let facts = try? value.decode(Facts.self) else {
            throw refuse("it cannot be read as a router. Calibrate it again, or restore the file from a copy")
        }
        var opened: StepMonitor?
        if case .monitor(let sha256) = facts.source {
            guard let monitor else {
                throw refuse("its scores are a step monitor's. Name it with --monitor")
            }
            guard try SHA256.hexadecimal(of: fileContents(monitor)) == sha256 else {
                throw refuse(
                    "it was calibrated with another monitor than \(monitor). Name that one, or calibrate again"
                )
            }
            opened = try StepMonitor(contentsOf: monitor)
        } else if monitor != nil {
            throw refuse(
                "its scores are the policy's own values, so that a monitor has no effect. Leave it out")
        }
        try self.init(
            facts, monitor: opened,
            store: try GroundingStore(contentsOf: Self.storePath(of: path), warn: warn))
    }
}
