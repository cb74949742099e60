/** The content types of uploads. The format of an image is read from its content instead (image-header.ts). */
export const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp'];
/** Maximum size of an uploaded logo in bytes. */
export const MAX_LOGO_BYTES = 1024 * 1024;
/** Maximum width and height of an uploaded logo in pixels. Checked before decoding; the decoded image has at most 16 MiB. */
export const MAX_LOGO_SIDE = 2_048;
/** Width and height of a stored logo in pixels. */
export const LOGO_SIDE = 256;
