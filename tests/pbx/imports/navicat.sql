-- ----------------------------
-- Table structure for cdr
-- ----------------------------
DROP TABLE IF EXISTS `cdr`;
CREATE TABLE `cdr`  (
  `accountcode` varchar(20) NULL DEFAULT NULL COMMENT 'who pays; (nobody)',
  `src` varchar(80) NULL, `dst` varchar(80) NULL,
  `start` datetime(0) NULL DEFAULT NULL,
  `duration` int(0) NULL DEFAULT NULL,
  `billsec` int(0) NULL DEFAULT NULL,
  `disposition` int(0) NULL DEFAULT NULL,
  PRIMARY KEY (`src`, `start`) USING BTREE,
  INDEX `dst`(`dst`) USING BTREE
) ENGINE = InnoDB;

INSERT INTO `cdr` VALUES ('', '2005', '2001', '2022-05-30 14:53:41', 60, 55, 8);
INSERT INTO `cdr` VALUES (0x41, '2005', '2001', '2022-05-30 14:53:50', 20, 0, 4);
