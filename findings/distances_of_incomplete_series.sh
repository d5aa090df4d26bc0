#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# aeon 1.6.0: the Euclidean distance of series of different length compares as many steps as the shorter one has, so a
# series is at distance 0 from each of its beginnings; the nearest neighbour by this distance, which accepts series
# of unequal length, goes to the shortest. With a NaN in one series, the edit distance on real sequences (edr) is 0 from
# any other, since its threshold, a quarter of the standard deviation, becomes NaN, too.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'aeon==1.6.0' 'numpy==2.3.5' 'numba==0.63.1' 'scikit-learn==1.7.2'
check 'euclidean, first 2 steps against all 5: 0.0
nearest to the series of class "long" with 0.1 added: short
edr of a series and one far from it: 1.0
edr of the same, one step NaN: 0.0
dtw of the same, one step NaN: nan' <<'PY'
import numpy as np
from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier
from aeon.distances import dtw_distance, edr_distance, euclidean_distance

long = np.array([1.0, 2.0, 3.0, 100.0, 200.0])
print("euclidean, first 2 steps against all 5:", euclidean_distance(long[:2], long))
neighbours = KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="euclidean")
neighbours.fit([long[None], long[None, :2] + 0.05], np.array(["long", "short"]))
print('nearest to the series of class "long" with 0.1 added:', neighbours.predict([long[None] + 0.1])[0])
near, far = np.array([1.0, 2.0, 3.0, 4.0]), np.array([100.0, 200.0, 300.0, 400.0])
gap = near.copy()
gap[1] = np.nan
print("edr of a series and one far from it:", edr_distance(near, far))
print("edr of the same, one step NaN:", edr_distance(gap, far))
print("dtw of the same, one step NaN:", dtw_distance(gap, far))
PY
