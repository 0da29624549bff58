import CMuJoCo
import CMuJoCoHeader
import Foundation
import MuJoCoEnvironments
import Testing

@Suite struct FalseLibraryTests {
    // Needs the headers of MuJoCo 2.2.2 (libmujoco-dev).
    @Test(.enabled(if: cmj_header_offset("mjData.qpos") != -2))
    func fieldsLieWhereTheHeadersHaveThem() {
        var field = cmj_fields()
        var count = 0
        while let name = field.pointee.name {
            #expect(cmj_header_offset(name) == Int64(field.pointee.offset), "\(String(cString: name))")
            (field, count) = (field + 1, count + 1)
        }
        #expect(count == 15)
    }

    @Test func anAbsentLibraryIsNamedWithItsRemedy() {
        let places = MuJoCoPlaces(library: "/nowhere/libmujoco.so", folder: "/nowhere")
        let expected =
            "MuJoCo 2.2.2 cannot be loaded (/nowhere/libmujoco.so: cannot open shared object file: No such file or "
            + "directory). Install it with \"saferl env setup mujoco\" (or, on Debian 12, apt-get install libmujoco-dev), "
            + "or name its file in SAFERL_MUJOCO_LIBRARY."
        #expect(message { _ = try VelocitySimulation(.ant, places) } == expected)
        #expect(message { _ = try VelocityEnvironments(.ant, slots: 2, places: places) } == expected)
        #expect(message { _ = try MuJoCoFamily(places: places).inventory() } == expected)
    }

    // The false libraries below are compiled here.
    @Test(.enabled(if: Installation.compiler != nil))
    func anotherVersionIsRefused() throws {
        let folder = try TemporaryFolder()
        let library = try folder.library("int mj_version(void) { return 321; }", named: "later")
        #expect(
            message { _ = try MuJoCoLibrary(MuJoCoPlaces(library: library, folder: "/nowhere")) }
                == "\(library): MuJoCo 3.2.1; saferl works with 2.2.2 only. Install that with \"saferl env setup mujoco\", "
                + "or name its file in SAFERL_MUJOCO_LIBRARY.")
    }

    @Test(.enabled(if: Installation.compiler != nil))
    func aLibraryThatIsNotMuJoCoIsRefused() throws {
        let folder = try TemporaryFolder()
        let other = try folder.library("int something_else(void) { return 1; }", named: "other")
        let half = try folder.library("int mj_version(void) { return 222; }", named: "half")
        let remedy = "Name another file in SAFERL_MUJOCO_LIBRARY, or unset it."
        #expect(
            message { _ = try MuJoCoLibrary(MuJoCoPlaces(library: other, folder: "/nowhere")) }
                == "\(other): not MuJoCo 2.2.2, it has no mj_version. \(remedy)")
        #expect(
            message { _ = try MuJoCoLibrary(MuJoCoPlaces(library: half, folder: "/nowhere")) }
                == "\(half): not MuJoCo 2.2.2, it has no mj_loadXML. \(remedy)")
    }

    @Test(.enabled(if: Installation.compiler != nil))
    func otherStructuresBehindTheRightVersionAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = try folder.library(Self.falseEngine(positions: 999), named: "moved")
        var fault = cmj_fault()
        let library = try #require(cmj_library_open(path, &fault))
        #expect(cmj_model_open(library, "any.xml", &fault) == nil)
        #expect(fault.kind == CMJ_OTHER_LAYOUT.rawValue)
    }

    @Test(.enabled(if: Installation.compiler != nil))
    func anErrorInsideTheEngineEndsTheStepAndNotTheProcess() throws {
        let folder = try TemporaryFolder()
        let path = try folder.library(Self.falseEngine(positions: 1), named: "fails")
        var fault = cmj_fault()
        let library = try #require(cmj_library_open(path, &fault))
        let model = try #require(cmj_model_open(library, "any.xml", &fault))
        let simulation = try #require(cmj_simulation_make(model, &fault))
        defer { cmj_simulation_free(simulation) }
        #expect(cmj_simulation_advance(simulation, 1) == CMJ_OK.rawValue)
        cmj_simulation_controls(simulation)[0] = 1
        #expect(cmj_simulation_advance(simulation, 1) == CMJ_ENGINE.rawValue)
        cmj_simulation_controls(simulation)[0] = 0
        #expect(cmj_simulation_advance(simulation, 1) == CMJ_OK.rawValue)
    }

    /// An engine with the places of 2.2.2, which fails where its only control is not 0.
    private static func falseEngine(positions: Int) -> String {
        """
        #include <stdint.h>
        #include <stdlib.h>
        #include <string.h>
        void (*mju_user_error)(const char *);
        void (*mju_user_warning)(const char *);
        int mj_version(void) { return 222; }
        void *mj_loadXML(const char *f, const void *v, char *e, int n) {
            int32_t *m = calloc(64, 4);
            m[0] = \(positions); m[1] = 1; m[2] = 1; m[4] = 1;
            return m;
        }
        void mj_deleteModel(void *m) { free(m); }
        void *mj_makeData(const void *m) {
            char *d = calloc(1, 50000);
            double *buffer = calloc(16, 8);
            *(int32_t *)(d + 4) = 16 * 8;
            *(void **)(d + 40360) = buffer;
            *(double **)(d + 40376) = buffer;
            *(double **)(d + 40384) = buffer + 1;
            *(double **)(d + 40408) = buffer + 2;
            *(double **)(d + 40480) = buffer + 3;
            *(double **)(d + 40496) = buffer + 6;
            return d;
        }
        void *mj_copyData(void *to, const void *m, const void *from) { return NULL; }
        void mj_deleteData(void *d) { free(*(void **)((char *)d + 40360)); free(d); }
        void mj_resetData(const void *m, void *d) {}
        void mj_forward(const void *m, void *d) {}
        void mj_step(const void *m, void *d) {
            if (**(double **)((char *)d + 40408) != 0) mju_user_error("stack overflow");
            *(double *)((char *)d + 40336) += 0.01;
        }
        int mj_name2id(const void *m, int kind, const char *name) { return -1; }
        """
    }
}

/// What an error says; nothing where there is none.
func message(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch { return "\(error)" }
}
