import CBuildInfo
import CMallocCounter
import SaferlCommand
import Storage

ProgramIdentity.declare(commit: String(cString: saferl_commit()))
Saferl.main(allocationCounter: { body in
    malloc_counter_start()
    do { try body() } catch {
        _ = malloc_counter_stop()
        throw error
    }
    return Int(malloc_counter_stop())
})
