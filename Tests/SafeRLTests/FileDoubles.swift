import Foundation
import Glibc
import SafeRL

/// A directory that is removed with the value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "saferl-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The real file system without waiting for the disk, and with a fault at one chosen call.
final class FaultyFiles: FileOperations {
    enum Fault: Equatable {
        /// The call fails once.
        case once(Int32)
        /// The call and all that write after it fail, as on a full disk.
        case lasting(Int32)
        /// A write accepts one byte only.
        case shortWrite
    }

    private let system = SystemFiles()
    private let fault: Fault?
    private let faultyCall: Int
    /// Calls so far.
    private(set) var calls = 0

    init(_ fault: Fault? = nil, at call: Int = 0) { (self.fault, faultyCall) = (fault, call) }

    private func count() throws(SystemFault) {
        calls += 1
        switch fault {
        case .once(let code)? where calls == faultyCall: throw SystemFault(code)
        case .lasting(let code)? where calls >= faultyCall: throw SystemFault(code)
        default: break
        }
    }

    func open(_ path: String, flags: Int32) throws(SystemFault) -> Int32 {
        try count()
        return try system.open(path, flags: flags)
    }
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemFault) -> Int {
        do throws(SystemFault) { try count() } catch {
            // What fits is written before a disk is full.
            if error.code == ENOSPC {
                _ = try system.write(descriptor, .init(rebasing: bytes.prefix(bytes.count / 2)))
            }
            throw error
        }
        if fault == .shortWrite && calls == faultyCall {
            return try system.write(descriptor, .init(rebasing: bytes.prefix(1)))
        }
        return try system.write(descriptor, bytes)
    }
    func truncate(_ descriptor: Int32, to size: Int) throws(SystemFault) {
        try count()
        try system.truncate(descriptor, to: size)
    }
    func synchronize(_ descriptor: Int32) throws(SystemFault) { try count() }
    func close(_ descriptor: Int32) throws(SystemFault) {
        try system.close(descriptor)
        try count()
    }
    func rename(_ path: String, to other: String) throws(SystemFault) {
        try count()
        try system.rename(path, to: other)
    }
    func makeDirectory(_ path: String) throws(SystemFault) {
        try count()
        try system.makeDirectory(path)
    }
    // Removing needs no space: only a fault of its own call stops it.
    func remove(_ path: String) throws(SystemFault) {
        if case .lasting = fault { calls += 1 } else { try count() }
        try system.remove(path)
    }
    func removeDirectory(_ path: String) throws(SystemFault) {
        if case .lasting = fault { calls += 1 } else { try count() }
        try system.removeDirectory(path)
    }
}
