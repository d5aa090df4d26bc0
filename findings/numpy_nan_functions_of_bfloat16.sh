#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ml_dtypes 0.6.0 with NumPy 2.4.6: nansum, nanmean and nan_to_num keep the NaN of a bfloat16 array, because NumPy does
# not count the type as a float, though isnan finds it. sort does not sort such an array: the numbers stay on their
# sides of the NaN.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'ml_dtypes==0.6.0' 'numpy==2.4.6'
check 'float16: isnan [False  True False], nansum 4.0, nanmean 2.0, nan_to_num [3.0, 0.0, 1.0], sort [1.0, 3.0, nan]
bfloat16: isnan [False  True False], nansum nan, nanmean nan, nan_to_num [3.0, nan, 1.0], sort [3.0, nan, 1.0]' <<'PY'
import ml_dtypes
import numpy as np
for kind in (np.float16, ml_dtypes.bfloat16):
    x = np.array([3, np.nan, 1], kind)
    replaced, in_order = (result.astype(float).tolist() for result in (np.nan_to_num(x), np.sort(x)))
    print(f"{kind.__name__}: isnan {np.isnan(x)}, nansum {float(np.nansum(x))}, nanmean {float(np.nanmean(x))}, "
          f"nan_to_num {replaced}, sort {in_order}")
PY
