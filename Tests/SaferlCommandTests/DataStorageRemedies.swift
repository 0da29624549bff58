import Replay
import TestSupport

extension DataRemedy {
    private static let anew =
        "Write it again with gzip, from Python with create_dataset(…, compression=\"gzip\")."

    private static func packed(_ filter: Int32, _ name: String) -> DataRemedy {
        write(
            "filter \(filter): write it with gzip",
            #"column "rewards" is compressed with \#(name), which is not built in. "# + anew,
            spoil: { $0.pack("rewards", filter: filter) },
            cure: {
                $0.columns["rewards"]?.filter = 1
                $0.columns["rewards"]?.packed = []
            })
    }

    private static func notNumbers(_ element: StoredElement, _ found: String, bytes: Int) -> DataRemedy {
        write(
            "\(found): store numbers",
            #"column "rewards" holds \#(found), not numbers. Store it as float32, flags as booleans."#,
            spoil: {
                $0.columns["rewards"] = StoredColumn([60], element, .init(repeating: 1, count: 60 * bytes))
            },
            cure: { $0.restore("rewards") })
    }

    private static let newer =
        "written by a newer HDF5 library than \(HDF5Library.version), which is the one here (bad superblock version "
        + "number). Write it again for older ones, from Python with h5py.File(…, libver=(\"earliest\", \"v108\"))."

    static let storage: [DataRemedy] = [
        packed(32015, "Zstandard (filter 32015)"), packed(32001, "Blosc (filter 32001)"),
        packed(32008, "bitshuffle (filter 32008)"), packed(32123, "filter 32123"),
        notNumbers(.text, "text", bytes: 8), notNumbers(.record, "records", bytes: 4),
        notNumbers(.colours, "an enumeration", bytes: 1), notNumbers(.opaque, "opaque bytes", bytes: 4),
        write(
            "a group: store numbers",
            #"column "rewards" holds a group, not numbers. Store it as float32, flags as booleans."#,
            spoil: { $0.rename("rewards", "rewards/values") },
            cure: { $0.rename("rewards/values", "rewards") }),
        write(
            "a link to another file: store it here",
            #"column "rewards" lies in another file, which is not followed. Store it in this file."#,
            spoil: {
                $0.columns["rewards"] = nil
                $0.links["rewards"] = "b.hdf5"
            },
            cure: {
                $0.links = [:]
                $0.restore("rewards")
            }),
        write(
            "bytes in another file: store them here",
            #"column "rewards" lies in another file, which is not followed. Store it in this file."#,
            spoil: {
                $0.columns["rewards"]?.elsewhere = "rewards.bin"
                $0.columns["rewards"]?.bytes = nil
            },
            cure: { $0.restore("rewards") }),
        write(
            "a superblock of a later release: write it for older ones", newer,
            spoil: { $0.patch = { $0[8] = 4 } }, cure: { $0.patch = nil }),
        write(
            "rows that were never stored: write what there is",
            #"column "observations" is too large: it declares 12000000 bytes of data, which the 0 bytes of file that it "#
                + "has cannot hold. Write what there is, in several files or smaller blocks.",
            spoil: { $0.columns["observations"] = StoredColumn([1_000_000, 3], .float32, nil) },
            cure: { $0.restore("observations") }),
        DataRemedy(
            name: "another kind of file: a file of the layout",
            spoil: { $0.patch = { $0 = Array("observations,actions\n".utf8) } },
            message: "not an HDF5 file. Give a file of the DSRL layout.", cure: .writing { $0.patch = nil }),
        write(
            "a truncated file: a fresh copy",
            "a broken HDF5 file (truncated file: eof = 2000, sblock->base_addr = 0, stored_eof = 6384). Get a fresh copy.",
            spoil: { $0.patch = { $0 = Array($0.prefix(2000)) } }, cure: { $0.patch = nil }),
    ]
}
