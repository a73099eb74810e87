#pragma once

#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// Read models in an SQLite file of their own, so that they never hold up appends.
///
/// A rebuild works in `FILE.PROJECTION.rebuild` beside it, and removes that when it is done.
///
/// Threads: shared. `file` outlives it.
class sqlite_read_models final : public read_model_store {
public:
    explicit sqlite_read_models(database& file);
    ~sqlite_read_models() override;

    [[nodiscard]] std::string place() const override;
    [[nodiscard]] std::optional<checkpoint> find_checkpoint(std::string_view projection) const override;
    void create(const projection& projection, const store_identity& source) override;
    [[nodiscard]] std::unique_ptr<read_model_session> begin(const projection& projection) override;
    void read(function_ref<void(sql_session&)> use) const override;
    [[nodiscard]] std::unique_ptr<read_model_store> beside(const projection& projection) override;
    void swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                 function_ref<void()> finish) override;

private:
    struct parts;
    explicit sqlite_read_models(std::unique_ptr<parts> made);
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
