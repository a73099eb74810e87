// Component `read_model_files` of a store, one table:
//
//   foldline_read_models  a row for each file that read models of this store are kept in; `path` begins at the folder of
//                         the store

#include <foldline/sqlite/read_model_files.hpp>

#include "read_model_tables.hpp"

#include <foldline/sqlite/migration.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>

namespace foldline::inline v0::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view component = "read_model_files";

constexpr std::array steps{migration{1, R"sql(
create table foldline_read_models (
    path text primary key,
    noted_at integer not null  -- microseconds since 1970, for people
) strict, without rowid;
)sql"}};

fs::path folder_of(const database& store) { return fs::weakly_canonical(fs::absolute(store.file())).parent_path(); }

std::string name_from(const fs::path& folder, const fs::path& file) {
    const fs::path whole = fs::weakly_canonical(fs::absolute(file));
    const fs::path relative = whole.lexically_relative(folder);
    return relative.empty() ? whole.native() : relative.native();
}

bool is_noted(connection& db, std::string_view path) {
    if (component_version(db, component) == 0) return false;
    statement row = db.prepare("select 1 from main.foldline_read_models where path = ?1");
    return row.bind_text(1, path).step();
}

std::vector<std::string> noted_paths(connection& db) {
    std::vector<std::string> paths;
    if (component_version(db, component) == 0) return paths;
    require_migrated(db, component, steps);
    statement rows = db.prepare("select path from main.foldline_read_models order by path");
    while (rows.step()) paths.emplace_back(rows.text(0));
    return paths;
}

}  // namespace

void note_read_models(database& store, const database& models) {
    if (store.is_read_only()) return;
    const std::string path = name_from(folder_of(store), models.file());
    if (is_noted(*store.open_reader(), path)) return;  // in most cases; no writer waits for that
    store.require_component(component, steps);
    write_lease lease = store.lease_writer();
    in_transaction(lease, [&](connection& db) {
        db.prepared(
              "insert or ignore into main.foldline_read_models (path, noted_at) values (?1, unixepoch() * 1000000)")
            .bind_text(1, path)
            .run();
    });
}

std::vector<fs::path> find_read_models(const database& store) {
    const fs::path folder = folder_of(store);
    std::vector<std::string> paths = noted_paths(*store.open_reader());
    paths.push_back(name_from(folder, store.file().string() + ".read-models"));
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());

    std::vector<fs::path> files;
    for (const std::string& path : paths) {
        std::error_code unreachable;
        fs::path file = (folder / path).lexically_normal();
        if (fs::is_regular_file(file, unreachable)) files.push_back(std::move(file));
    }
    return files;
}

}  // namespace foldline::inline v0::sqlite
