#include "cli/shop_projections.hpp"

#include "cli/read_models.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"
#include "reports/report.hpp"

#include <string>
#include <vector>

namespace shop {
namespace {

namespace cli = foldline::cli;

// Handlers of rows call nothing outside: one that fails would fail again, so its event is parked at once.
std::vector<cli::described_projection> described_reports() {
    std::vector<cli::described_projection> described;
    for (const report* each : all_reports())
        described.push_back({std::string(each->name), std::string(each->about), each->projection,
                             foldline::error_policy::park_at_once()});
    return described;
}

class shop_projections final : public cli::projection_host {
public:
    /// Whoever makes rows of events only reads the store, so that it never stands in the way of who sells.
    explicit shop_projections(const std::filesystem::path& store)
        : shop_(store, foldline::sqlite::open_mode::read_only), models_(store) {
        shop_.listen();
    }

    [[nodiscard]] const foldline::event_store& events() override { return shop_.events; }
    [[nodiscard]] foldline::read_model_store& models() override { return models_.store(); }
    [[nodiscard]] foldline::commit_signal& commits() override { return shop_.commits(); }
    [[nodiscard]] std::span<const cli::described_projection> projections() const override { return projections_; }

private:
    shop_store shop_;
    read_models models_;
    std::vector<cli::described_projection> projections_ = described_reports();
};

}  // namespace

std::unique_ptr<cli::projection_host> open_shop_projections(const std::filesystem::path& store) {
    return std::make_unique<shop_projections>(store);
}

int run(const cli::projection_request& request) { return cli::run(request, open_shop_projections, "orders"); }

}  // namespace shop
