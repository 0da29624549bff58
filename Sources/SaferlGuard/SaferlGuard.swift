// What each function does stands in saferl_guard.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
import Foundation
import SafeRL
import SaferlCommand
import Shields

/// What a handle of `saferl_guard.h` stands for.
private final class Handle {
    var controller: GuardedController
    let (observationSize, actionSize): (Int, Int)
    /// Why the last proposal was not done, ended by a zero.
    var reason: UnsafeMutablePointer<CChar>

    init(_ run: GuardedRun, seed: UInt64) throws {
        controller = try GuardedController(run.policy, run.plan, actions: run.actions, seed: seed)
        (observationSize, actionSize) = (run.policy.observationSize, run.policy.actionSize)
        reason = strdup("")
    }

    deinit { free(reason) }

    func say(_ text: String) {
        free(reason)
        reason = strdup(text)
    }

    /// The handle behind a pointer that `saferl_guard_open` gave.
    static func behind(_ pointer: OpaquePointer) -> Handle {
        Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }
}

extension ShieldEntry.Outcome {
    /// The number in `saferl_guard.h`; a step that would be unprotected is none that this library does.
    fileprivate var code: Int32 {
        switch self {
        case .allowed: 0
        case .masked: 1
        case .resampled: 2
        case .projected: 3
        case .idle: 4
        case .fallback: 5
        // Nobody gives this library a router or a way back.
        case .tightened, .rolledBack, .stopped, .unprotected: 6
        }
    }
}

@_cdecl("saferl_guard_open")
public func saferlGuardOpen(
    _ run: UnsafePointer<CChar>?, _ rules: UnsafePointer<CChar>?, _ environment: UnsafePointer<CChar>?,
    _ fallback: UnsafePointer<CChar>?, _ seed: UInt64, _ error: UnsafeMutablePointer<CChar>?, _ size: Int
) -> OpaquePointer? {
    saferlGuardOpenCertified(run, rules, environment, fallback, nil, nil, seed, error, size)
}

@_cdecl("saferl_guard_open_certified")
public func saferlGuardOpenCertified(
    _ run: UnsafePointer<CChar>?, _ rules: UnsafePointer<CChar>?, _ environment: UnsafePointer<CChar>?,
    _ fallback: UnsafePointer<CChar>?, _ reactions: UnsafePointer<CChar>?,
    _ certificate: UnsafePointer<CChar>?, _ seed: UInt64, _ error: UnsafeMutablePointer<CChar>?, _ size: Int
) -> OpaquePointer? {
    func refuse(_ text: String) -> OpaquePointer? {
        if let error, size > 0 { strlcpy(text, into: error, size) }
        return nil
    }
    guard let run, let rules else { return refuse("run and rules are needed.") }
    do {
        let opened = try GuardedRun(
            run: String(cString: run), rules: String(cString: rules),
            environment: environment.map { String(cString: $0) },
            fallback: fallback.map { String(cString: $0) },
            reactions: reactions.map { String(cString: $0) },
            certificate: certificate.map { String(cString: $0) })
        let handle = try Handle(opened, seed: seed)
        return OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
    } catch { return refuse("\(error)") }
}

/// Copies as much as fits, with a zero behind it.
private func strlcpy(_ text: String, into place: UnsafeMutablePointer<CChar>, _ size: Int) {
    let bytes = text.utf8.prefix(size - 1)
    for (index, byte) in bytes.enumerated() { place[index] = CChar(bitPattern: byte) }
    place[bytes.count] = 0
}

@_cdecl("saferl_guard_observation_size")
public func saferlGuardObservationSize(_ handle: OpaquePointer) -> Int {
    Handle.behind(handle).observationSize
}

@_cdecl("saferl_guard_action_size")
public func saferlGuardActionSize(_ handle: OpaquePointer) -> Int { Handle.behind(handle).actionSize }

@_cdecl("saferl_guard_begin")
public func saferlGuardBegin(_ handle: OpaquePointer, _ seed: UInt64) {
    let handle = Handle.behind(handle)
    handle.controller.begin(seed: seed)
    handle.say("")
}

@_cdecl("saferl_guard_step")
public func saferlGuardStep(
    _ handle: OpaquePointer, _ observation: UnsafePointer<Float>, _ action: UnsafeMutablePointer<Float>
) -> Int32 {
    let handle = Handle.behind(handle)
    // Until something is allowed there is no action that could be done by mistake.
    for index in 0..<handle.actionSize { action[index] = .nan }
    do {
        let decision = try handle.controller.step(
            Array(UnsafeBufferPointer(start: observation, count: handle.observationSize)))
        let entry = handle.controller.entry
        handle.say(entry.map(reason) ?? "")
        guard case .act(let done) = decision, let outcome = entry?.outcome else {
            return ShieldEntry.Outcome.stopped.code
        }
        for (index, value) in done.enumerated() { action[index] = value }
        return outcome.code
    } catch {
        handle.say("\(error)")
        return -1
    }
}

private func reason(_ entry: ShieldEntry) -> String {
    entry.fault ?? (entry.broken.map(\.rule) + entry.alarms).joined(separator: ",")
}

@_cdecl("saferl_guard_settle")
public func saferlGuardSettle(_ handle: OpaquePointer, _ isEnd: Int32, _ reward: Float, _ cost: Float) {
    Handle.behind(handle).controller.settle(isEnd: isEnd != 0, reward: reward, cost: cost)
}

@_cdecl("saferl_guard_hold")
public func saferlGuardHold(_ handle: OpaquePointer) { Handle.behind(handle).controller.hold() }

@_cdecl("saferl_guard_release")
public func saferlGuardRelease(_ handle: OpaquePointer) { Handle.behind(handle).controller.release() }

@_cdecl("saferl_guard_reason")
public func saferlGuardReason(_ handle: OpaquePointer) -> UnsafePointer<CChar> {
    UnsafePointer(Handle.behind(handle).reason)
}

@_cdecl("saferl_guard_is_covered")
public func saferlGuardIsCovered(_ handle: OpaquePointer) -> Int32 {
    Handle.behind(handle).controller.entry?.isCovered == false ? 0 : 1
}

@_cdecl("saferl_guard_close")
public func saferlGuardClose(_ handle: OpaquePointer?) {
    guard let handle else { return }
    Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(handle)).release()
}
