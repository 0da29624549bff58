import Foundation
import SafeRL

/// What `saferl doctor` asks the linked libraries.
enum DoctorWork {
    /// Rows such as `("matrix kernel", "SkylakeX")`.
    static func libraries() -> [(String, String)] {
        let rate = String(format: "%.1f GFLOP/s on one thread, single precision", BLAS.measuredRate())
        return [
            ("matrix library", BLAS.version), ("matrix kernel", BLAS.kernel), ("matrix products", rate),
            ("threads", "\(BLAS.threads)"), ("hdf5", HDF5Library.version),
            (
                "hdf5 reader",
                HDF5Library.isConfined ? confined : "limits; this kernel filters no system calls"
            ),
        ]
    }

    private static let confined = "limits, no new privileges, system calls of reading alone"
}
