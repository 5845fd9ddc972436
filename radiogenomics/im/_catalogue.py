"""Every feature this package computes: its IBSI identifier, and which lists of features it is on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from radiogenomics.schemas.radiomics import RadiomicsSettings

# family, feature, IBSI identifier, name in the IBSI's table of reference values, lists (P: PyRadiomics, L: LIFEx).
_TABLE = """
shape MeshVolume RNU0 morph_volume PL
shape VoxelVolume YEKZ morph_vol_approx PL
shape SurfaceArea C0JK morph_area_mesh PL
shape SurfaceVolumeRatio 2PR5 morph_av PL
shape Compactness1 SKGS morph_comp_1 L
shape Compactness2 BQWJ morph_comp_2 -
shape SphericalDisproportion KRCK morph_sph_dispr -
shape Sphericity QCFX morph_sphericity PL
shape Asphericity 25C7 morph_asphericity -
shape CentreOfMassShift KLMA morph_com -
shape Maximum3DDiameter L0JK morph_diam PL
shape Maximum2DDiameterSlice - - P
shape Maximum2DDiameterColumn - - P
shape Maximum2DDiameterRow - - P
shape MajorAxisLength TDIC morph_pca_maj_axis P
shape MinorAxisLength P9VJ morph_pca_min_axis P
shape LeastAxisLength 7J51 morph_pca_least_axis P
shape Elongation Q3CK morph_pca_elongation P
shape Flatness N17B morph_pca_flatness P
shape VolumeDensityBox PBX1 morph_vol_dens_aabb -
shape AreaDensityBox R59B morph_area_dens_aabb -
shape VolumeDensityEllipsoid 6BDE morph_vol_dens_aee -
shape AreaDensityEllipsoid RDD2 morph_area_dens_aee -
shape VolumeDensityHull R3ER morph_vol_dens_conv_hull -
shape AreaDensityHull 7T7F morph_area_dens_conv_hull -
shape IntegratedIntensity 99N0 morph_integ_int -
shape MoransI N365 morph_moran_i -
shape GearysC NPT7 morph_geary_c -
local LocalIntensityPeak VJGA loc_peak_loc -
local GlobalIntensityPeak 0F91 loc_peak_glob -
firstorder Mean Q4LE stat_mean PL
firstorder Variance ECT3 stat_var PL
firstorder Skewness KE2A stat_skew PL
firstorder Kurtosis IPH6 stat_kurt PL
firstorder Median Y12H stat_median PL
firstorder Minimum 1GSF stat_min PL
firstorder 10Percentile QG58 stat_p10 P
firstorder 25Percentile - - L
firstorder 75Percentile - - L
firstorder 90Percentile 8DWT stat_p90 P
firstorder Maximum 84IY stat_max PL
firstorder InterquartileRange SALO stat_iqr PL
firstorder Range 2OJQ stat_range PL
firstorder MeanAbsoluteDeviation 4FUA stat_mad P
firstorder RobustMeanAbsoluteDeviation 1128 stat_rmad P
firstorder MedianAbsoluteDeviation N72L stat_medad -
firstorder CoefficientOfVariation 7TET stat_cov -
firstorder QuartileCoefficientOfDispersion 9S40 stat_qcod -
firstorder Energy N8CA stat_energy P
firstorder TotalEnergy - - P
firstorder RootMeanSquared 5ZWQ stat_rms P
firstorder Entropy TLU2 ih_entropy P
firstorder Uniformity BJ5W ih_uniformity P
histogram Mean X6K6 ih_mean L
histogram Variance CH89 ih_var L
histogram Skewness 88K1 ih_skew L
histogram Kurtosis C3I7 ih_kurt L
histogram Median WIFQ ih_median L
histogram Minimum 1PR8 ih_min -
histogram 10Percentile GPMT ih_p10 -
histogram 25Percentile - - L
histogram 75Percentile - - L
histogram 90Percentile OZ0C ih_p90 -
histogram Maximum 3NCY ih_max -
histogram Mode AMMC ih_mode -
histogram InterquartileRange WR0O ih_iqr -
histogram Range 5Z3W ih_range -
histogram MeanAbsoluteDeviation D2ZX ih_mad -
histogram RobustMeanAbsoluteDeviation WRZB ih_rmad -
histogram MedianAbsoluteDeviation 4RNL ih_medad -
histogram CoefficientOfVariation CWYJ ih_cov -
histogram QuartileCoefficientOfDispersion SLWD ih_qcod -
histogram Entropy TLU2 ih_entropy L
histogram Uniformity BJ5W ih_uniformity L
histogram MaximumGradient 12CE ih_max_grad -
histogram MaximumGradientLevel 8E6O ih_max_grad_g -
histogram MinimumGradient VQB3 ih_min_grad -
histogram MinimumGradientLevel RHQZ ih_min_grad_g -
ivh VolumeAtIntensityFraction10 BC2M ivh_v10 -
ivh VolumeAtIntensityFraction90 BC2M ivh_v90 -
ivh IntensityAtVolumeFraction10 GBPN ivh_i10 -
ivh IntensityAtVolumeFraction90 GBPN ivh_i90 -
ivh VolumeFractionDifference DDTU ivh_diff_v10_v90 -
ivh IntensityFractionDifference CNV2 ivh_diff_i10_i90 -
glcm Autocorrelation QWB0 cm_auto_corr P
glcm JointAverage 60VM cm_joint_avg P
glcm ClusterProminence AE86 cm_clust_prom P
glcm ClusterShade 7NFM cm_clust_shade P
glcm ClusterTendency DG8W cm_clust_tend P
glcm Contrast ACUI cm_contrast PL
glcm Correlation NI2N cm_corr PL
glcm DifferenceAverage TF7R cm_diff_avg P
glcm Dissimilarity 8S9J cm_dissimilarity L
glcm DifferenceEntropy NTRS cm_diff_entr P
glcm DifferenceVariance D3YU cm_diff_var P
glcm JointEnergy 8ZQL cm_energy PL
glcm JointEntropy TU9B cm_joint_entr PL
glcm Imc1 R8DG cm_info_corr1 P
glcm Imc2 JN9H cm_info_corr2 P
glcm Idm WF0Z cm_inv_diff_mom P
glcm MCC - - P
glcm Idmn 1QCO cm_inv_diff_mom_norm P
glcm Id IB1Z cm_inv_diff PL
glcm Idn NDRX cm_inv_diff_norm P
glcm InverseVariance E8JP cm_inv_var P
glcm MaximumProbability GYBY cm_joint_max P
glcm SumAverage ZGXS cm_sum_avg P
glcm SumEntropy P6QZ cm_sum_entr P
glcm SumVariance OEEB cm_sum_var -
glcm SumSquares UR99 cm_joint_var P
glrlm GrayLevelNonUniformity R5YN rlm_glnu PL
glrlm GrayLevelNonUniformityNormalized OVBL rlm_glnu_norm P
glrlm GrayLevelVariance 8CE5 rlm_gl_var P
glrlm HighGrayLevelRunEmphasis G3QZ rlm_hgre PL
glrlm LongRunEmphasis W4KF rlm_lre PL
glrlm LongRunHighGrayLevelEmphasis 3KUM rlm_lrhge PL
glrlm LongRunLowGrayLevelEmphasis IVPO rlm_lrlge PL
glrlm LowGrayLevelRunEmphasis V3SW rlm_lgre PL
glrlm RunEntropy HJ9O rlm_rl_entr P
glrlm RunLengthNonUniformity W92Y rlm_rlnu PL
glrlm RunLengthNonUniformityNormalized IC23 rlm_rlnu_norm P
glrlm RunPercentage 9ZK5 rlm_r_perc PL
glrlm RunVariance SXLW rlm_rl_var P
glrlm ShortRunEmphasis 22OV rlm_sre PL
glrlm ShortRunHighGrayLevelEmphasis GD3A rlm_srhge PL
glrlm ShortRunLowGrayLevelEmphasis HTZT rlm_srlge PL
glszm GrayLevelNonUniformity JNSA szm_glnu PL
glszm GrayLevelNonUniformityNormalized Y1RO szm_glnu_norm P
glszm GrayLevelVariance BYLV szm_gl_var P
glszm HighGrayLevelZoneEmphasis 5GN9 szm_hgze PL
glszm LargeAreaEmphasis 48P8 szm_lze PL
glszm LargeAreaHighGrayLevelEmphasis J17V szm_lzhge PL
glszm LargeAreaLowGrayLevelEmphasis YH51 szm_lzlge PL
glszm LowGrayLevelZoneEmphasis XMSY szm_lgze PL
glszm SizeZoneNonUniformity 4JP3 szm_zsnu PL
glszm SizeZoneNonUniformityNormalized VB3A szm_zsnu_norm P
glszm SmallAreaEmphasis 5QRC szm_sze PL
glszm SmallAreaHighGrayLevelEmphasis HW1V szm_szhge PL
glszm SmallAreaLowGrayLevelEmphasis 5RAI szm_szlge PL
glszm ZoneEntropy GU8N szm_zs_entr P
glszm ZonePercentage P30P szm_z_perc PL
glszm ZoneVariance 3NSA szm_zs_var P
gldzm SmallDistanceEmphasis 0GBI dzm_sde -
gldzm LargeDistanceEmphasis MB4I dzm_lde -
gldzm LowGrayLevelZoneEmphasis S1RA dzm_lgze -
gldzm HighGrayLevelZoneEmphasis K26C dzm_hgze -
gldzm SmallDistanceLowGrayLevelEmphasis RUVG dzm_sdlge -
gldzm SmallDistanceHighGrayLevelEmphasis DKNJ dzm_sdhge -
gldzm LargeDistanceLowGrayLevelEmphasis A7WM dzm_ldlge -
gldzm LargeDistanceHighGrayLevelEmphasis KLTH dzm_ldhge -
gldzm GrayLevelNonUniformity VFT7 dzm_glnu -
gldzm GrayLevelNonUniformityNormalized 7HP3 dzm_glnu_norm -
gldzm ZoneDistanceNonUniformity V294 dzm_zdnu -
gldzm ZoneDistanceNonUniformityNormalized IATH dzm_zdnu_norm -
gldzm ZonePercentage VIWW dzm_z_perc -
gldzm GrayLevelVariance QK93 dzm_gl_var -
gldzm ZoneDistanceVariance 7WT1 dzm_zd_var -
gldzm ZoneDistanceEntropy GBDU dzm_zd_entr -
gldm DependenceEntropy FCBV ngl_dc_entr P
gldm DependenceEnergy CAS9 ngl_dc_energy -
gldm DependenceNonUniformity Z87G ngl_dcnu P
gldm DependenceNonUniformityNormalized OKJI ngl_dcnu_norm P
gldm DependencePercentage 6XV8 ngl_dc_perc -
gldm DependenceVariance DNX2 ngl_dc_var P
gldm GrayLevelNonUniformity FP8K ngl_glnu P
gldm GrayLevelNonUniformityNormalized 5SPA ngl_glnu_norm -
gldm GrayLevelVariance 1PFV ngl_gl_var P
gldm HighGrayLevelEmphasis OAE7 ngl_hgce P
gldm LargeDependenceEmphasis IMOQ ngl_hde P
gldm LargeDependenceHighGrayLevelEmphasis 9QMG ngl_hdhge P
gldm LargeDependenceLowGrayLevelEmphasis NBZI ngl_hdlge P
gldm LowGrayLevelEmphasis TL9H ngl_lgce P
gldm SmallDependenceEmphasis SODN ngl_lde P
gldm SmallDependenceHighGrayLevelEmphasis JA6D ngl_ldhge P
gldm SmallDependenceLowGrayLevelEmphasis EQ3F ngl_ldlge P
ngtdm Busyness NQ30 ngt_busyness PL
ngtdm Coarseness QCDE ngt_coarseness PL
ngtdm Complexity HDEZ ngt_complexity P
ngtdm Contrast 65HE ngt_contrast PL
ngtdm Strength 1X9X ngt_strength P
"""

ORIGINAL = "original"
# Of the unfiltered image only: form, peaks and volume at an intensity say nothing of a filter's response.
ONCE = ("shape", "local", "ivh")


@dataclass(frozen=True)
class Feature:
    """One feature: where it belongs, and what the IBSI calls it."""

    family: str
    name: str
    ibsi_id: str
    reference: str
    lists: str


@dataclass(frozen=True)
class Column:
    """One column of a sequence's features."""

    name: str
    region: str
    image_type: str
    feature: Feature


@cache
def features() -> tuple[Feature, ...]:
    """All features, in the order of the columns."""
    rows = [line.split() for line in _TABLE.strip().splitlines()]
    return tuple(Feature(*("" if cell == "-" else cell for cell in row)) for row in rows)


@cache
def features_of(family: str, feature_set: str) -> tuple[Feature, ...]:
    """Features of a family on a list: ``ibsi`` all that have an identifier, ``lifex``, ``pyradiomics``.

    Of a family that PyRadiomics does not have, its list is the IBSI's.
    """
    own = [f for f in features() if f.family == family]
    if feature_set == "pyradiomics" and any("P" in f.lists for f in own):
        return tuple(f for f in own if "P" in f.lists)
    if feature_set == "lifex":
        return tuple(f for f in own if "L" in f.lists)
    return tuple(f for f in own if f.ibsi_id)


def ibsi_status(column: Column, settings: RadiomicsSettings) -> tuple[bool, str]:
    """Whether a column's value is the IBSI's under these settings, and what is to be said about it."""
    feature = column.feature
    if not feature.ibsi_id:
        return False, "not a feature of the IBSI"
    departures = []
    if column.image_type != ORIGINAL:
        departures.append("of a filtered image: the feature is the IBSI's, filters are outside IBSI 1")
    if settings.spacing is not None and settings.grid == "pyradiomics":
        departures.append("resampled on PyRadiomics' grid")
    if feature.family in ("glcm", "gldm", "ngtdm") and settings.distances != (1,):
        departures.append("neighbours at other distances than 1 together")
    if settings.ibsi == "pyradiomics":
        departures += _departures_of_pyradiomics(feature, settings)
    corrected = _CORRECTED.get((feature.family, feature.name), "") if settings.ibsi == "correct" else ""
    return not departures, "; ".join(departures) or corrected


_AXES = "second moments divided by n - 1 (PyRadiomics: n)"
_CORRECTED = {
    ("firstorder", "Kurtosis"): "excess kurtosis (PyRadiomics: 3 more)",
    **{("shape", name): _AXES for name in ("MajorAxisLength", "MinorAxisLength", "LeastAxisLength")},
}
_BINNED = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")


def _departures_of_pyradiomics(feature: Feature, settings: RadiomicsSettings) -> list[str]:
    found = []
    if (feature.family, feature.name) in _CORRECTED:
        found.append("3 is added to the excess kurtosis" if feature.name == "Kurtosis" else "moments divided by n")
    levels = feature.family in _BINNED or feature.name in ("Entropy", "Uniformity")
    if levels and settings.bin_width is not None:
        found.append("bins start at a multiple of their width")
    return found
