import Foundation
import Glibc
import SafeRL
import Tensors
import TestSupport
import Testing

/// The real file system, and beside it a model of what is on the disk for certain and what is only in memory.
///
/// After a loss of power a file holds what was last flushed and a torn part of what was written since; a directory
/// holds the names that were flushed and the first few changes since.
private final class ForgetfulFiles: FileOperations {
    final class Node {
        let isDirectory: Bool
        var live: [UInt8] = []
        var flushed: [UInt8] = []
        var entries: [String: Node] = [:]
        var flushedEntries: [String: Node] = [:]
        var changes: [(inout [String: Node]) -> Void] = []
        init(isDirectory: Bool) { self.isDirectory = isDirectory }

        func change(_ body: @escaping (inout [String: Node]) -> Void) {
            body(&entries)
            changes.append(body)
        }
    }

    private let system = SystemFiles()
    private let root: String
    let top = Node(isDirectory: true)
    private var opened: [Int32: Node] = [:]
    /// Called after each call that changes something.
    var onChange: () -> Void = {}

    init(root: String) { self.root = root }

    private func split(_ path: String) -> (Node, String)? {
        var node = top
        let names = path.dropFirst(root.count).split(separator: "/").map(String.init)
        for name in names.dropLast() {
            guard let next = node.entries[name] else { return nil }
            node = next
        }
        return names.last.map { (node, $0) }
    }

    func open(_ path: String, flags: Int32) throws(SystemFault) -> Int32 {
        let descriptor = try system.open(path, flags: flags)
        guard let (directory, name) = split(path) else {
            opened[descriptor] = top
            return descriptor
        }
        if flags & O_CREAT != 0 && directory.entries[name] == nil {
            let file = Node(isDirectory: false)
            directory.change { $0[name] = file }
        }
        let node = directory.entries[name]
        if flags & O_TRUNC != 0 { node?.live = [] }
        opened[descriptor] = node
        onChange()
        return descriptor
    }
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemFault) -> Int {
        let count = try system.write(descriptor, bytes)
        opened[descriptor]?.live += bytes.prefix(count)
        onChange()
        return count
    }
    func truncate(_ descriptor: Int32, to size: Int) throws(SystemFault) {
        try system.truncate(descriptor, to: size)
    }
    func synchronize(_ descriptor: Int32) throws(SystemFault) {
        guard let node = opened[descriptor] else { return }
        (node.flushed, node.flushedEntries, node.changes) = (node.live, node.entries, [])
        onChange()
    }
    func close(_ descriptor: Int32) throws(SystemFault) {
        opened[descriptor] = nil
        try system.close(descriptor)
    }
    func rename(_ path: String, to other: String) throws(SystemFault) {
        try system.rename(path, to: other)
        guard let (directory, name) = split(path), let (_, newName) = split(other) else { return }
        let node = directory.entries[name]
        directory.change { entries in
            entries[name] = nil
            entries[newName] = node
        }
        onChange()
    }
    func makeDirectory(_ path: String) throws(SystemFault) {
        try system.makeDirectory(path)
        guard let (directory, name) = split(path) else { return }
        let made = Node(isDirectory: true)
        directory.change { $0[name] = made }
        onChange()
    }
    func remove(_ path: String) throws(SystemFault) {
        try system.remove(path)
        guard let (directory, name) = split(path) else { return }
        directory.change { $0[name] = nil }
        onChange()
    }
    func removeDirectory(_ path: String) throws(SystemFault) {
        try system.removeDirectory(path)
        guard let (directory, name) = split(path) else { return }
        directory.change { $0[name] = nil }
        onChange()
    }

    /// Writes one state that the disk may be in after a loss of power now.
    func restore(_ node: Node, to path: String, _ stream: inout RandomStream) throws {
        guard node.isDirectory else {
            var bytes = node.flushed
            if node.live != node.flushed && stream.nextInteger(below: 4) > 0 {
                bytes = Array(node.live.prefix(stream.nextInteger(below: node.live.count + 1)))
                // Torn: a block that never arrived reads as zeros.
                if stream.nextInteger(below: 2) == 0 {
                    for i in bytes.indices.suffix(stream.nextInteger(below: 512)) { bytes[i] = 0 }
                }
            }
            return try overwrite(path, bytes)
        }
        mkdir(path, 0o755)
        var entries = node.flushedEntries
        for change in node.changes.prefix(stream.nextInteger(below: node.changes.count + 1)) {
            change(&entries)
        }
        for (name, child) in entries { try restore(child, to: path + "/" + name, &stream) }
    }
}

@Suite struct PowerLossTests {
    @Test func afterALossOfPowerTheLastCommittedCheckpointOrTheNewOneLoads() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path + "/live"
        mkdir(directory, 0o755)
        let files = ForgetfulFiles(root: directory)
        let store = CheckpointStore(directory, operations: files)
        var stream = RandomStream(seed: 4, for: .testing)
        var committed = 0
        var states = 0
        files.onChange = {
            for _ in 0..<12 where committed > 0 {
                let disk = folder.path + "/disk"
                do {
                    try files.restore(files.top, to: disk, &stream)
                    let step = try CheckpointStore(disk).newest(matching: someIdentity, warn: { _ in }).step
                    #expect(step == committed || step == committed + 1)
                    try FileManager.default.removeItem(atPath: disk)
                } catch { Issue.record("after checkpoint \(committed): \(error)") }
                states += 1
            }
        }
        for step in 1...5 {
            try store.commit(try smallCheckpoint(step), step: step, stage: "s", someIdentity)
            committed = step
            try store.retain(1, upTo: step)
        }
        #expect(states > 600)
        // The closure refers to the files that hold it.
        files.onChange = {}
    }
}
