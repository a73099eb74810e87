#pragma once

#include <foldline/snapshots/snapshot_store.hpp>

#include <functional>
#include <memory>

namespace foldline::inline v0::testing {

/// Makes a new and empty snapshot store. What it stands on lives as long as the store.
using snapshot_store_factory = std::function<std::unique_ptr<snapshot_store>()>;

/// What every snapshot store has to do. Throws `spec_failure` with the promise that is broken.
void run_snapshot_store_contract(const snapshot_store_factory& make);

}  // namespace foldline::inline v0::testing
