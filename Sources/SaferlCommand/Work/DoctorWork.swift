import Foundation
import SafeRL
import Solvers

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
            ("z3", solver), ("smollm2", languageModel),
        ]
    }

    /// Where the small language model lies that tests and examples use.
    private static var languageModel: String {
        let known = KnownModel.smollm2
        let named = ProcessInfo.processInfo.environment["SAFERL_SMOLLM2"].flatMap { $0.isEmpty ? nil : $0 }
        let path = named ?? ModelFetchWork.folder + "/" + known.file
        return fileKind(path, following: true) == .file
            ? oneLine(path) : "none: \"saferl model fetch smollm2\" fetches it"
    }

    /// Z3's version and file, or why there is none.
    private static var solver: String {
        do throws(Z3Error) {
            let library = try Z3Library()
            return "\(library.version), \(oneLine(library.path))"
        } catch {
            return "none, and nothing needs it: \(error)"
        }
    }

    private static let confined = "limits, no new privileges, system calls of reading alone"
}
